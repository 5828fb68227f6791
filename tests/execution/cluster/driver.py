"""A driver to kill: its task sleeps at a worker of the cluster."""

import sys

from redsm5_hpo.execution.cluster.connection import Connection
from redsm5_hpo.execution.cluster.executor import ClusterExecutor
from redsm5_hpo.execution.cluster.settings import ClusterSettings
from redsm5_hpo.execution.worker_setup import WorkerSetup
from tests.execution.cluster.tasks import marked_sleep, unprepared

if __name__ == "__main__":
    with ClusterExecutor(Connection(ClusterSettings(sys.argv[1], {})), WorkerSetup(unprepared)) as executor:
        executor.submit(marked_sleep, sys.argv[2], 600.0).result()
