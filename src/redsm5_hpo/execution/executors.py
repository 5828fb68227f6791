"""The one place where an executor is opened: for the probe, trials, reruns, refits and predictions.

Owns the choice of the executor, and what a caller says about its workers. Does not know what they compute.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.execution.choice import asked_workers, uses_cluster
from redsm5_hpo.execution.pool import Preparation, worker_pool


@dataclass(frozen=True)
class WorkerSetup:
    """What workers are, wherever they run.

    Attributes:
        prepare: called in each new worker with its number, before its first task.
        reads: folders that tasks read, as their paths stand in requests.
        writes: folders that tasks write new files into, likewise.
        identity: asked of workers on other machines: by name, what decides the bytes that they compute.
        expected: the identity that every worker must have; None for any.
    """

    prepare: Preparation
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    identity: Callable[[], Mapping[str, str]] | None = None
    expected: Mapping[str, str] | None = None


def open_executor(workers: int, setup: WorkerSetup) -> Executor:
    """An executor of so many workers, or of all workers of a cluster; nothing runs on when this process ends."""
    if not uses_cluster():
        return worker_pool(workers, setup.prepare)
    from redsm5_hpo.execution.cluster.connection import connection
    from redsm5_hpo.execution.cluster.executor import ClusterExecutor

    return ClusterExecutor(connection(), setup, asked_workers())
