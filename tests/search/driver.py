"""A driver to kill: runs the stub study below the folder given, with two processes, slowly."""

import multiprocessing
import sys
from functools import partial
from pathlib import Path

from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.study import Listeners, run_study
from redsm5_hpo.training.workers import worker_pool
from tests.search.conftest import COVERS, nobody, recipe
from tests.search.objectives import Dawdling


def main(root: Path, longest_nap: float) -> None:
    with open_journal(root, COVERS) as journal:
        listeners = Listeners(lambda _: print("+", flush=True), nobody)
        run_study(recipe(), Dawdling(1, longest_nap), partial(worker_pool, 2), journal, listeners)


if __name__ == "__main__":
    multiprocessing.set_forkserver_preload(["redsm5_hpo.training.device", __spec__.name])  # imported once for both
    main(Path(sys.argv[1]), float(sys.argv[2]))
