"""The one place where an executor is opened: for the probe, trials, reruns, refits and predictions.

Owns the choice of the executor, and what a caller says about its workers. Does not know what they compute.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.execution.pool import Preparation, worker_pool


@dataclass(frozen=True)
class WorkerSetup:
    """What workers are, wherever they run.

    Attributes:
        prepare: called in each new worker with its number, before its first task.
        reads: folders that tasks read, as their paths stand in requests.
        writes: folders that tasks write new files into, likewise.
    """

    prepare: Preparation
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()


def open_executor(workers: int, setup: WorkerSetup) -> Executor:
    """An executor of so many workers; they end with this process."""
    return worker_pool(workers, setup.prepare)
