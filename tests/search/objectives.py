"""Stub objectives: real, cheap, picklable functions that stand for a fit."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.search.pruners import MedianEpochPruner
from redsm5_hpo.search.records import State, TrialRecord, TrialRequest
from redsm5_hpo.training.fit_record import EpochRecord

Report = Callable[[int, int], None]
EPOCHS = 4
PRUNER = MedianEpochPruner(startup_trials=2, warmup_epochs=1)


def learn(request: TrialRequest, report: Report | None = None, nap: float = 0.0) -> TrialRecord:
    """A curve that depends on configuration and seed; may be pruned; some configurations fail or do not fit.

    It reports each epoch that it begins but the first, and sleeps in each.
    """
    record = TrialRecord(request.number, "failed", request.params, request.seed)
    if request.seed % 11 == 0:
        return replace(record, reason="training loss nan in epoch 1")
    if request.seed % 11 == 1:
        return replace(record, state="infeasible", reason="out of memory")
    peak = 1 - abs(float(request.params["warmup_ratio"]) - 0.3) - 0.1 * (request.params["pooling"] == "mean")
    noise = generator(request.seed, "noise").normal(0, 0.05, EPOCHS)
    should_prune, curve = PRUNER.against(request.history), list[float]()
    state: State = "complete"
    for epoch in range(EPOCHS):
        if report is not None and epoch:
            report(request.number, epoch + 1)
        time.sleep(nap)
        curve.append(float(peak * (epoch + 1) / EPOCHS + noise[epoch]))
        if epoch + 1 < EPOCHS and should_prune(curve):
            state = "pruned"
            break
    records = tuple(EpochRecord(1 - value, 1 - value, value, value) for value in curve)
    best = max(range(len(curve)), key=curve.__getitem__)
    return replace(record, state=state, epochs=records, value=curve[best], best_epoch=best + 1)


@dataclass(frozen=True)
class Dawdling:
    """`learn` with naps whose length depends on `salt` and not on the trial's place in the study."""

    salt: int
    longest: float = 0.03
    report: Report | None = None

    def __call__(self, request: TrialRequest) -> TrialRecord:
        nap = float(generator(self.salt, "nap", request.number).uniform(0, self.longest / EPOCHS))
        return learn(request, self.report, nap)


@dataclass(frozen=True)
class Deadly:
    """`learn`, but some trials kill their worker the first few times."""

    folder: Path
    trials: tuple[int, ...]
    times: int

    def __call__(self, request: TrialRequest) -> TrialRecord:
        time.sleep(0.01)
        if request.number in self.trials:
            died = len(list(self.folder.glob(f"{request.number}-*")))
            if died < self.times:
                (self.folder / f"{request.number}-{died}").touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return learn(request)


@dataclass(frozen=True)
class Hungry:
    """`learn`, but one trial's first attempt takes more memory than its group of processes may have."""

    folder: Path
    group: Path
    trial: int

    def __call__(self, request: TrialRequest) -> TrialRecord:
        marker = self.folder / "tried"
        if request.number == self.trial and not marker.exists():
            marker.touch()
            (self.group / "cgroup.procs").write_text(str(os.getpid()))
            hoard = [bytearray(os.urandom(1 << 20)) for _ in range(1024)]
            (self.folder / "survived").write_text(str(len(hoard)))
        return learn(request)


@dataclass(frozen=True)
class Sleeping:
    """Leaves its process number in the folder and sleeps for longer than a test may take."""

    folder: Path

    def __call__(self, request: TrialRequest) -> TrialRecord:
        (self.folder / str(os.getpid())).touch()
        time.sleep(60)
        return learn(request)


def mistaken(request: TrialRequest) -> TrialRecord:
    """A mistake in the program in trial 2."""
    if request.number == 2:
        raise ZeroDivisionError("a mistake")
    return learn(request)
