"""A driver to kill: runs the stub study below the folder given, with two processes, slowly."""

import multiprocessing
import sys
from pathlib import Path

from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, optimize
from tests.search.conftest import COVERS, nobody, processes, stub_study
from tests.search.objectives import Dawdling


def main(root: Path, longest_nap: float) -> None:
    with open_journal(root, COVERS) as journal:
        callbacks = Callbacks(lambda _: print("+", flush=True), nobody)
        optimize(stub_study(), Dawdling(1, longest_nap), processes(2), journal, callbacks)


if __name__ == "__main__":
    multiprocessing.set_forkserver_preload([__spec__.name])  # imported once for both
    main(Path(sys.argv[1]), float(sys.argv[2]))
