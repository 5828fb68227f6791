"""Predictions for many examples, computed by workers while this process does something else.

Owns the shards of examples. A prediction depends on nothing outside its shard, and shards depend on nothing but the
examples, so any number of workers predicts the same. A driver imports this, hence no torch.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.execution.pool import abandoned_on_error, explained_worker_deaths, memory_remedy, worker_count
from redsm5_hpo.inference.checkpoint import Checkpoint
from redsm5_hpo.training.scoring import PredictionResult
from redsm5_hpo.training.workers import machine_of_workers, training_workers

if TYPE_CHECKING:
    from redsm5_hpo.inference.predictor import Predictor

SHARD_SIZE = 256  # examples
_MEMORY = (
    "end what else uses the GPU or the machine's memory; or HPO_WORKERS=1 before the same command, which changes no "
    "prediction; or predict with the processor: CUDA_VISIBLE_DEVICES= before it"
)


@dataclass(frozen=True)
class PredictionRequest:
    """What to predict.

    Attributes:
        checkpoint: from load_checkpoint, which has checked that the folder is whole.
        examples: at least one.
        by_seed: whether each seed's model also predicts alone.
    """

    folder: Path
    checkpoint: Checkpoint
    examples: Sequence[Example]
    by_seed: bool = False

    def shards(self) -> list["PredictionRequest"]:
        """One request per shard."""
        starts = range(0, len(self.examples), SHARD_SIZE)
        return [replace(self, examples=self.examples[start : start + SHARD_SIZE]) for start in starts]


@contextmanager
def sharded_predictions(
    requests: Mapping[str, PredictionRequest],
) -> Iterator[Mapping[str, Callable[[], PredictionResult]]]:
    """Start to predict; yields for each request a function that waits for its result.

    Raises:
        HpoError: a folder is not a complete checkpoint, or a worker died.
    """
    shards = {name: request.shards() for name, request in requests.items()}
    machine = machine_of_workers(())
    workers = worker_count(sum(map(len, shards.values())), machine.gpus)
    pool = training_workers(workers, machine, [request.folder for request in requests.values()])
    with explained_worker_deaths(workers, memory_remedy("training.eval_batch_size")), abandoned_on_error(pool):
        futures = {name: [pool.submit(predict_shard, shard) for shard in of_one] for name, of_one in shards.items()}
        yield {name: functools.partial(_joined, of_one) for name, of_one in futures.items()}


def predict_shard(shard: PredictionRequest) -> PredictionResult:
    """The predictions for one shard. Runs in a worker, which loads a checkpoint once.

    Raises:
        HpoError: memory runs out, or the GPU fails.
    """
    from redsm5_hpo.training.device import is_out_of_memory
    from redsm5_hpo.training.gpu_errors import explained_gpu_errors

    try:
        with explained_gpu_errors():
            return _loaded(shard).predict(shard.examples, by_seed=shard.by_seed)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise HpoError("memory ran out while a model predicted", got=f"{shard.folder}", remedy=_MEMORY) from error


def _joined(futures: Sequence[Future[PredictionResult]]) -> PredictionResult:
    shards = [future.result() for future in futures]
    windows = sum(shard.windows for shard in shards)
    return PredictionResult(
        list(chain.from_iterable(shard.predictions for shard in shards)),
        sum(shard.loss * shard.windows for shard in shards) / windows,
        windows,
        {seed: list(chain.from_iterable(shard.by_seed[seed] for shard in shards)) for seed in shards[0].by_seed},
    )


_LOADED: dict[Path, "Predictor"] = {}  # one at a time: it holds the weights of all seeds


def _loaded(shard: PredictionRequest) -> "Predictor":
    from redsm5_hpo.inference.predictor import load_models

    if shard.folder not in _LOADED:
        _LOADED.clear()
        _LOADED[shard.folder] = load_models(shard.folder, shard.checkpoint)
    return _LOADED[shard.folder]
