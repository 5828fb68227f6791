"""A driver to kill: runs the stub study below the folder given, with two processes, slowly."""

import sys
from functools import partial
from pathlib import Path

from redsm5_hpo.files import write_jsonl
from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.study import Listeners, run_study
from redsm5_hpo.training.workers import worker_pool
from tests.search.conftest import COVERS, nobody, recipe
from tests.search.objectives import Dawdling


def main(root: Path, longest_nap: float) -> None:
    with open_journal(root, COVERS) as journal:
        records = run_study(
            recipe(),
            Dawdling(1, longest_nap),
            partial(worker_pool, 2),
            journal,
            Listeners(lambda _: print("+", flush=True), nobody),
        )
    write_jsonl(root / "trials.jsonl", (record.to_json() for record in records))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
