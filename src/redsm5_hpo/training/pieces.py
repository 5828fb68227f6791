"""A saved model's answers to many examples, predicted by workers while this process does something else.

Owns the pieces that examples are dealt into: an answer depends on its piece at most, and the pieces on nothing but the
examples, so that answers are the same however many workers there are. Does not know what is asked.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.device import gpu_count
from redsm5_hpo.training.saving import Predictor, load_predictor
from redsm5_hpo.training.scoring import Answer
from redsm5_hpo.training.workers import abandoned_on_error, deaths_told, worker_count, worker_pool

PIECE = 256  # examples


@contextmanager
def answering(directory: Path, examples: Sequence[Example]) -> Iterator[Callable[[], list[Answer]]]:
    """Start to predict with the model in a folder; what is given waits for the answers, one for each example, in order.

    A single piece is predicted by this process.

    Raises:
        HpoError: the folder holds no whole model, or a worker died.
    """
    pieces = [examples[start : start + PIECE] for start in range(0, len(examples), PIECE)]
    if len(pieces) <= 1:
        yield lambda: [answer for piece in pieces for answer in load_predictor(directory).predict(piece)[0]]
        return
    workers = worker_count(len(pieces), gpu_count())
    with deaths_told(workers, "training.eval_batch_size"), abandoned_on_error(worker_pool(workers)) as pool:
        futures = [pool.submit(answers_of, directory, piece) for piece in pieces]
        yield lambda: list(chain.from_iterable(future.result() for future in futures))


def answers_of(directory: Path, piece: Sequence[Example]) -> list[Answer]:
    """The answers to one piece. Runs in a worker, which loads a model once."""
    return _loaded(directory).predict(piece)[0]


@functools.lru_cache(maxsize=1)
def _loaded(directory: Path) -> Predictor:
    return load_predictor(directory)
