"""One side of a comparison: this project's engine. Prints one JSON line; run.py calls it.

A study of the real engine without pruning, with as many one-thread workers as cores; the clock starts when the workers
stand, as the peer's starts after its imports.
"""

import json
import tempfile
import time
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

from redsm5_hpo.training.worker_server import start_worker_server

if __name__ == "__main__":
    start_worker_server("redsm5_hpo.search.trial")

import psutil
from task import alone, make_plan, parse

from redsm5_hpo.params import Range
from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.proposals import SpaceFilling, Tpe
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.runner import TrialRunner
from redsm5_hpo.search.study import Listeners, Recipe, run_study
from redsm5_hpo.training.workers import worker_pool

SPACE = {"learning_rate": Range(low=1e-5, high=2e-4, log=True), "weight_decay": Range(low=1e-5, high=1e-1, log=True)}


def main() -> None:
    """Run the study and say how long it took."""
    options = parse(__doc__)
    recipe = Recipe(7, options.trials, 2, Tpe(SpaceFilling(SPACE), startup=10))
    # A folder of its own: activations that an earlier run has left on the disk would be a head start.
    with tempfile.TemporaryDirectory() as folder, chdir(folder), worker_pool(options.workers) as pool:
        plan = make_plan(options)
        train, val = (alone(part, Path(folder) / name) for part, name in ((plan.train, "train"), (plan.val, "val")))
        objective = TrialRunner(replace(plan, train=train, val=val), None)
        list(pool.map(time.sleep, [0.5] * options.workers))  # until all of them stand
        watch = Watch()
        with open_journal(Path(folder), {}) as journal:
            records = run_study(recipe, objective, lambda: pool, journal, Listeners(watch.look, watch.look))
    best = max(record.value or 0.0 for record in records)
    print(json.dumps({**watch.seen, "best": round(best, 4)}))


class Watch:
    """Time and memory of this process and its workers from here on, brought up to date when a trial ends."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._tree = [psutil.Process(), *psutil.Process().children(recursive=True)]
        self._used = self._cpu()
        self.seen: dict[str, float] = {}

    def look(self, _: TrialRecord) -> None:
        """Wall-clock and processor seconds so far, and the most memory that a worker has held, in MB."""
        peaks = [Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8") for process in self._tree[1:]]
        self.seen = {
            "seconds": round(time.perf_counter() - self._started, 2),
            "cpu_s": round(self._cpu() - self._used, 2),
            "worker_mb": max(int(status.split("VmHWM:")[1].split()[0]) // 1024 for status in peaks),
        }

    def _cpu(self) -> float:
        return sum(process.cpu_times().user + process.cpu_times().system for process in self._tree)


if __name__ == "__main__":
    main()
