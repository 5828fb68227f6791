"""A driver to kill: runs the stub study below the folder given, in the order given, with two processes, slowly."""

import multiprocessing
import sys
from pathlib import Path

from redsm5_hpo.execution.epoch_reports import EpochReports, local_reports
from redsm5_hpo.search.order import TrialOrder
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, optimize
from tests.search.conftest import COVERS, nobody, processes, stub_order, stub_study
from tests.search.objectives import Dawdling


def main(root: Path, longest_nap: float, order: TrialOrder) -> None:
    reports = EpochReports()
    with open_journal(root, COVERS) as journal, local_reports(reports) as report:
        callbacks = Callbacks(lambda _: print("+", flush=True), nobody)
        objective = Dawdling(1, longest_nap, report)
        optimize(stub_study(), objective, processes(2), journal, callbacks, order=order, reports=reports)


if __name__ == "__main__":
    multiprocessing.set_forkserver_preload([__spec__.name])  # imported once for both
    main(Path(sys.argv[1]), float(sys.argv[2]), stub_order("cost" if sys.argv[3] == "cost" else "number"))
