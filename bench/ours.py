"""One side of a comparison: this project's search. Prints one JSON line; run.py calls it.

A real study without pruning, with as many one-thread workers as cores; the clock starts when the workers are ready, as
Trainer's starts after its imports.
"""

import hashlib
import json
import tempfile
import time
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

from redsm5_hpo.execution.forkserver import start_worker_server

if __name__ == "__main__":
    start_worker_server("redsm5_hpo.search.trial")

import psutil
import torch
from task import alone, fit_settings, parse

from redsm5_hpo.params import Range, Space
from redsm5_hpo.search.objective import TrialObjective
from redsm5_hpo.search.pruners import NoPruner
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.samplers import SobolSampler, TpeSampler
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, SampledStudy, optimize
from redsm5_hpo.training.workers import training_workers

SPACE: Space = {
    "learning_rate": Range(low=1e-5, high=2e-4, log=True),
    "weight_decay": Range(low=1e-5, high=1e-1, log=True),
}


def main() -> None:
    """Run the study and print how long it took."""
    options = parse(__doc__)
    # A folder of its own: activations that an earlier run cached on the disk would be a head start.
    with tempfile.TemporaryDirectory() as folder, chdir(folder), training_workers(options.workers) as pool:
        spec, configuration = fit_settings(options)
        sampler = TpeSampler(SobolSampler(SPACE), startup=10)
        study = SampledStudy(7, options.trials, options.concurrent, sampler, configuration)
        train, val = (alone(getattr(spec, split), Path(folder) / split) for split in ("train", "val"))
        objective = TrialObjective(replace(spec, train=train, val=val), NoPruner())
        list(pool.map(_begin, [0.5] * options.workers))  # until all of them are ready
        watch = Watch()
        with open_journal(Path(folder), {}) as journal:
            records = optimize(study, objective, lambda: pool, journal, Callbacks(watch.update, watch.update))
    best = max(record.value or 0.0 for record in records)
    digest = hashlib.sha256(repr(records).encode()).hexdigest()
    print(json.dumps({**watch.seen, "best": round(best, 4), "records": digest}))


def _begin(seconds: float) -> None:
    """Begin to use the GPU, as Trainer does before its clock starts, and leave the others time to begin, too."""
    if torch.cuda.is_available():
        torch.ones(8, 8, device="cuda").mm(torch.ones(8, 8, device="cuda")).sum().item()
    time.sleep(seconds)


class Watch:
    """Time and memory of this process and its workers from here on, updated when a trial ends."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._tree = [psutil.Process(), *psutil.Process().children(recursive=True)]
        self._used = self._cpu()
        self.seen: dict[str, float] = {}

    def update(self, _: TrialRecord) -> None:
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
