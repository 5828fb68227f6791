"""The console of a running study: one line per trial, a progress bar on a terminal, busy workers, the time left.

Owns the clock of a study and the messages. Nothing of it is recorded.
"""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self, TextIO

from tqdm import tqdm

from redsm5_hpo.execution.busy_workers import BusyWorkers

_MOVE_SECONDS = 1.0


class Trial(Protocol):
    """The shown fields of a finished trial."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def best_epoch(self) -> int | None: ...  # noqa: D102
    @property
    def epochs(self) -> Sequence[object]: ...  # noqa: D102
    @property
    def folds(self) -> Sequence[object]: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102


class Console:
    """Reports one study; used as a context manager so that the progress bar is closed.

    Args:
        title: the stage and the architecture.
        stream: where the lines are written; stderr by default.
        workers: the lines say how busy they are, if there are several.
        kept: whether finished trials are there for the next run.
    """

    def __init__(
        self,
        title: str,
        trials: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        workers: int = 1,
        *,
        kept: bool = True,
    ) -> None:
        self._title, self._trials, self._clock, self._kept = title, trials, clock, kept
        self._stream = stream or sys.stderr
        self._started = clock()
        self._finished_here = 0
        self._finished = 0
        self._busy = BusyWorkers(workers, clock) if workers > 1 else None
        self._best: tuple[float, int] | None = None  # value and number of the best complete trial
        self._bar = tqdm(total=trials, desc=title, file=self._stream, disable=not self._stream.isatty(), leave=False)
        self._ended = threading.Event()
        self._mover = threading.Thread(target=self._move, daemon=True)

    def __enter__(self) -> Self:
        if not self._bar.disable:
            self._mover.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._mover.is_alive():
            self._mover.join()
        self._bar.close()
        if error is not None and self._finished < self._trials:
            kept = "and kept; the same command continues" if self._kept else "and lost with this temporary workspace"
            self.write(f"{self._finished} of {self._trials} trials are finished {kept}")

    @property
    def seconds(self) -> float:
        """The run time so far."""
        return self._clock() - self._started

    def write(self, message: str) -> None:
        """Print one line; the study continues if the terminal is closed or a log file's disk is full."""
        with suppress(OSError):
            self._bar.write(f"{self._title}: {message}", file=self._stream)
            self._stream.flush()

    def resumed(self, trials: Sequence[Trial], damaged_lines: Sequence[int]) -> None:
        """Report the trials of an earlier run."""
        for trial in trials:
            self._count(trial)
        if trials:
            self.write(f"{len(trials)} of {self._trials} trials are kept from an earlier run")
        if damaged_lines:
            lines = ", ".join(map(str, damaged_lines))
            self.write(f"the journal was damaged in line {lines}; the trials of these lines run again")

    def started(self, number: int) -> None:  # noqa: ARG002
        """Count a trial as running."""
        if self._busy is not None:
            self._busy.started()

    def finished(self, trial: Trial) -> None:
        """Report one trial."""
        self._count(trial)
        self._finished_here += 1
        parts = [f"trial {trial.number}", f"{self._finished}/{self._trials}", _outcome(trial)]
        if self._best is not None:
            parts.append(f"best {self._best[0]:.4f} (trial {self._best[1]})")
        if self._busy is not None:
            self._busy.ended()
            parts.append(f"workers {self._busy.share():.0%} busy")
        parts.append(self._time_left())
        self.write(", ".join(parts))

    def _move(self) -> None:
        """Draw the bar with its seconds again and again: a trial may take minutes."""
        with suppress(OSError):
            while not self._ended.wait(_MOVE_SECONDS):
                self._bar.refresh()

    def _count(self, trial: Trial) -> None:
        self._finished += 1
        self._bar.update()
        if trial.state == "complete" and trial.value is not None:
            this = (trial.value, trial.number)
            self._best = max((each for each in (self._best, this) if each), key=lambda each: (each[0], -each[1]))

    def _time_left(self) -> str:
        left = self._trials - self._finished
        if not left:
            return duration(self.seconds)
        return f"about {duration(self.seconds / self._finished_here * left)} left"


def _outcome(trial: Trial) -> str:
    value = "" if trial.value is None else f" {trial.value:.4f} {_when(trial)}"
    reason = f" ({trial.reason})" if trial.reason else ""
    return f"{trial.state}{value}{reason}"


def _when(trial: Trial) -> str:
    epochs = len(trial.epochs)
    if trial.folds:  # whose best epochs differ
        return f"on {len(trial.folds)} folds, {epochs} epochs together"
    if trial.best_epoch is not None and trial.best_epoch > epochs:  # scored once, after a fixed number of epochs
        return f"after {trial.best_epoch} epochs"
    return f"in epoch {trial.best_epoch} of {epochs}"


def duration(seconds: float) -> str:
    """Seconds as text: `40 s`, `3 min 05 s`, `14 h 05 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
