"""The one place where an executor is opened: for the probe, trials, reruns, refits and predictions.

Owns the choice of the executor.
"""

from concurrent.futures import Executor

from redsm5_hpo.execution.cluster.connection import connection
from redsm5_hpo.execution.cluster.executor import ClusterExecutor
from redsm5_hpo.execution.executor_choice import asked_workers, uses_cluster
from redsm5_hpo.execution.pool import worker_pool
from redsm5_hpo.execution.worker_setup import WorkerSetup


def open_executor(workers: int, setup: WorkerSetup) -> Executor:
    """An executor of so many workers, or of all workers of a cluster; nothing runs on when this process ends."""
    if uses_cluster():
        return ClusterExecutor(connection(), setup, asked_workers())
    return worker_pool(workers, setup.prepare)
