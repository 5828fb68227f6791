"""How long an epoch takes here, told from a few short ones.

Owns the measurement. It decides nothing: the records of a study are the same without it. A driver may import this,
so torch is imported where it runs.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.training.failures import FitError
from redsm5_hpo.training.plan import FitPlan

_POSTS = 64  # about so many are trained on


def epoch_seconds(plan: FitPlan) -> float:
    """Seconds of one epoch of the default configuration, its validation included. Runs in a worker.

    Measured on every n-th post and scaled by the number of windows. What an epoch takes is the difference between fits
    of two and of one, after one that is not counted: loading the encoder is no part of it.

    Raises:
        FitError: the default configuration comes to no result, for want of memory too.
    """
    from redsm5_hpo.training.device import is_out_of_memory

    try:
        return _epoch_seconds(plan)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise FitError("out of memory") from None


def _epoch_seconds(plan: FitPlan) -> float:
    plan = plan.of(plan.training.defaults)
    step = max(1, len(plan.train.load().posts) // _POSTS)
    small = replace(plan, train=_every(plan.train, step), val=None if plan.val is None else _every(plan.val, step))
    _fit_seconds(small, 1)
    one, two = (_fit_seconds(small, epochs) for epochs in (1, 2))
    return max(two - one, 0.0) * _windows(plan) / _windows(small)


def _every(portion: Portion, step: int) -> Portion:
    return replace(portion, post_ids=frozenset(post.post_id for post in portion.load().posts[::step]))


def _windows(plan: FitPlan) -> int:
    from redsm5_hpo.training.data import load_portion
    from redsm5_hpo.training.device import choose_compute

    compute = choose_compute(plan.training.precision)
    return len(load_portion(plan.train, plan.architecture, plan.encoder, compute).batches)


def _fit_seconds(plan: FitPlan, epochs: int) -> float:
    from redsm5_hpo.training.fit import fit

    started = time.perf_counter()
    fit(replace(plan, epochs=epochs), plan.training.defaults, 0, _never)
    return time.perf_counter() - started


def _never(_: Sequence[float]) -> bool:
    return False
