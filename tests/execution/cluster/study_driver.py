"""A driver of a stub study at a cluster: `python -m tests.execution.cluster.study_driver SCHEDULER JOURNALS SALT`."""

import sys
from functools import partial
from pathlib import Path

from redsm5_hpo.core.errors import run_command
from redsm5_hpo.core.files import write_jsonl
from redsm5_hpo.execution.cluster.connection import Connection
from redsm5_hpo.execution.cluster.executor import ClusterExecutor
from redsm5_hpo.execution.cluster.settings import ClusterSettings
from redsm5_hpo.execution.worker_setup import WorkerSetup
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, optimize
from tests.execution.cluster.tasks import unprepared
from tests.search.conftest import COVERS, nobody, stub_study
from tests.search.objectives import Dawdling


def main() -> None:
    """Run the study, or what is left of it, and write its records."""
    scheduler, root, salt = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    open_executor = partial(ClusterExecutor, Connection(ClusterSettings(scheduler, {})), WorkerSetup(unprepared))
    with open_journal(root, COVERS) as journal:
        records = optimize(stub_study(), Dawdling(salt, 0.5), open_executor, journal, Callbacks(nobody, nobody))
    write_jsonl(root / "records.jsonl", [record.to_json() for record in records])


if __name__ == "__main__":
    run_command(main)
