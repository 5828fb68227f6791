"""What saved models predict of many examples, computed by workers while this process does something else.

Owns the pieces that examples are cut into: a prediction depends on its piece at most, and the pieces on nothing but the
examples, so that predictions are the same however many workers there are. A driver imports this, hence no torch.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.machine import machine_of_workers
from redsm5_hpo.training.model_folder import Description
from redsm5_hpo.training.scoring import Predicted
from redsm5_hpo.training.workers import abandoned_on_error, deaths_told, worker_count, worker_pool

if TYPE_CHECKING:
    from redsm5_hpo.training.saving import Predictor

PIECE = 256  # examples


@dataclass(frozen=True)
class Request:
    """What is to be predicted.

    Attributes:
        folder: of the model.
        description: what it holds, from load_description, which has looked whether it is whole.
        examples: one or more.
        by_seed: whether each seed's model is asked alone, too.
    """

    folder: Path
    description: Description
    examples: Sequence[Example]
    by_seed: bool = False

    def pieces(self) -> list["Request"]:
        """The same in pieces."""
        starts = range(0, len(self.examples), PIECE)
        return [replace(self, examples=self.examples[start : start + PIECE]) for start in starts]


@contextmanager
def predicting(requests: Mapping[str, Request]) -> Iterator[Mapping[str, Callable[[], Predicted]]]:
    """Start to predict; what is given for each request waits for what is predicted of its examples.

    Raises:
        HpoError: a folder holds no whole model, or a worker died.
    """
    pieces = {name: request.pieces() for name, request in requests.items()}
    workers = worker_count(sum(map(len, pieces.values())), machine_of_workers(()).gpus)
    with deaths_told(workers, "training.eval_batch_size"), abandoned_on_error(worker_pool(workers)) as pool:
        futures = {name: [pool.submit(predicted, piece) for piece in of_one] for name, of_one in pieces.items()}
        yield {name: functools.partial(_whole, of_one) for name, of_one in futures.items()}


def predicted(piece: Request) -> Predicted:
    """What is predicted of one piece. Runs in a worker, which loads a model once."""
    return _loaded(piece).predict(piece.examples, by_seed=piece.by_seed)


def _whole(futures: Sequence[Future[Predicted]]) -> Predicted:
    pieces = [future.result() for future in futures]
    windows = sum(piece.windows for piece in pieces)
    return Predicted(
        list(chain.from_iterable(piece.answers for piece in pieces)),
        sum(piece.loss * piece.windows for piece in pieces) / windows,
        windows,
        {seed: list(chain.from_iterable(piece.by_seed[seed] for piece in pieces)) for seed in pieces[0].by_seed},
    )


_LOADED: dict[Path, "Predictor"] = {}  # one at a time: a model is as large as all its seeds


def _loaded(piece: Request) -> "Predictor":
    from redsm5_hpo.training.saving import load_models

    if piece.folder not in _LOADED:
        _LOADED.clear()
        _LOADED[piece.folder] = load_models(piece.folder, piece.description)
    return _LOADED[piece.folder]
