"""A driver to kill: runs the stub study below the folder given, with two processes, slowly."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from redsm5_hpo.files import write_jsonl
from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.study import Listeners, run_study
from tests.search.conftest import COVERS, nobody, recipe
from tests.search.objectives import Dawdling


def main(root: Path, longest_nap: float) -> None:
    def executor() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))

    with open_journal(root, COVERS) as journal:
        records = run_study(
            recipe(), Dawdling(1, longest_nap), executor, journal, Listeners(lambda _: print("+", flush=True), nobody)
        )
    write_jsonl(root / "trials.jsonl", (record.to_json() for record in records))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
