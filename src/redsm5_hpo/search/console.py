"""What the user sees while a study runs: a line for each trial, a bar on a terminal, the time left.

Owns the clock of the search. Nothing of it gets into a record.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from tqdm import tqdm

from redsm5_hpo.search.records import TrialRecord, ranked


class Console:
    """Reports one study; used as a context manager so that the bar is closed.

    Args:
        title: what is run.
        trials: how many trials the study has.
        stream: where the lines go.
        clock: seconds since some moment.
    """

    def __init__(
        self, title: str, trials: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._title, self._trials, self._clock = title, trials, clock
        self._stream = stream or sys.stderr
        self._started = clock()
        self._here = 0  # trials finished in this run
        self._done = 0
        self._best: TrialRecord | None = None
        self._bar = tqdm(total=trials, desc=title, file=self._stream, disable=not self._stream.isatty(), leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        if error is not None and self._done < self._trials:
            self.say(f"{self._done} of {self._trials} trials are finished and kept; the same command again goes on")

    @property
    def seconds(self) -> float:
        """How long this run has taken so far."""
        return self._clock() - self._started

    def say(self, text: str) -> None:
        """Print one line about the study, which goes on when there is nobody to read it or no room for a log."""
        with suppress(OSError):
            self._bar.write(f"{self._title}: {text}", file=self._stream)
            self._stream.flush()

    def resumed(self, records: tuple[TrialRecord, ...], damaged: tuple[int, ...]) -> None:
        """Say what an earlier run left."""
        for record in records:
            self._count(record)
        if records:
            self.say(f"{len(records)} of {self._trials} trials are kept from an earlier run")
        if damaged:
            lines = ", ".join(map(str, damaged))
            self.say(f"the journal was damaged in line {lines}; what stood there runs again")

    def finished(self, record: TrialRecord) -> None:
        """Report one trial."""
        self._count(record)
        self._here += 1
        parts = [f"trial {record.number}", f"{self._done}/{self._trials}", _outcome(record)]
        if self._best is not None:
            parts.append(f"best {self._best.value:.4f} (trial {self._best.number})")
        parts.append(self._time_left())
        self.say(", ".join(parts))

    def _count(self, record: TrialRecord) -> None:
        self._done += 1
        self._bar.update()
        self._best = next(iter(ranked([record] if self._best is None else [self._best, record])), None)

    def _time_left(self) -> str:
        left = self._trials - self._done
        return f"about {duration(self.seconds / self._here * left)} left" if left else f"{duration(self.seconds)}"


def _outcome(record: TrialRecord) -> str:
    value = "" if record.value is None else f" {record.value:.4f} {_when(record)}"
    reason = f" ({record.reason})" if record.reason else ""
    return f"{record.state}{value}{reason}"


def _when(record: TrialRecord) -> str:
    epochs = len(record.epochs)
    if record.best_epoch is not None and record.best_epoch > epochs:  # scored once, at the end of a known length
        return f"after {record.best_epoch} epochs"
    return f"in epoch {record.best_epoch} of {epochs}"


def duration(seconds: float) -> str:
    """Seconds for a person: `40 s`, `3 min 05 s`, `14 h 05 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
