"""How long an epoch takes on this machine, estimated from a few short epochs.

Owns the measurement, which has no effect on the records of a study. A driver may import this module, so functions
import torch themselves.
"""

import time
from dataclasses import replace

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import Configuration
from redsm5_hpo.training.fit_errors import FitError
from redsm5_hpo.training.fit_spec import FitSpec

# About how many are trained on, by device. On a GPU 64 take a tenth of a second, which is less than what one fit's
# start differs from another's.
_POSTS = {"cpu": 64, "cuda": 1024}


def epoch_seconds(spec: FitSpec, configuration: Configuration) -> float:
    """Seconds of one epoch of a configuration, validation included. Runs in a worker.

    Measured on every n-th post and scaled by the number of windows. An epoch's time is the difference between a fit of
    two epochs and one of one, after a fit to warm up: so loading the encoder does not count.

    Raises:
        FitError: the fit fails, for example because memory runs out.
    """
    from redsm5_hpo.training.device import is_out_of_memory

    try:
        return _epoch_seconds(spec, configuration)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise FitError("out of memory") from None


def _epoch_seconds(spec: FitSpec, configuration: Configuration) -> float:
    from redsm5_hpo.training.device import choose_compute

    device = choose_compute(spec.training.precision).device
    step = max(1, len(spec.train.load().posts) // _POSTS[device.type])
    small = replace(spec, train=_every(spec.train, step), val=None if spec.val is None else _every(spec.val, step))
    _fit_seconds(small, configuration, 1)
    one, two = (_fit_seconds(small, configuration, epochs) for epochs in (1, 2))
    return max(two - one, 0.0) * _windows(spec, configuration) / _windows(small, configuration)


def _every(portion: Portion, step: int) -> Portion:
    return replace(portion, post_ids=frozenset(post.post_id for post in portion.load().posts[::step]))


def _windows(spec: FitSpec, configuration: Configuration) -> int:
    from redsm5_hpo.training.data.dataset import load_train
    from redsm5_hpo.training.device import choose_compute

    compute = choose_compute(spec.training.precision)
    return len(load_train(spec, configuration, compute).batches)


def _fit_seconds(spec: FitSpec, configuration: Configuration, epochs: int) -> float:
    from redsm5_hpo.training.fit import fit

    started = time.perf_counter()
    fit(replace(spec, epochs=epochs), configuration, 0, lambda _: False)
    return time.perf_counter() - started
