"""The progress of predictions: one moving line in a terminal, else a line now and then.

Owns its clock and its lines. Nothing of it is recorded.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from tqdm import tqdm

from redsm5_hpo.execution.console import duration

SECONDS_BETWEEN_LINES = 30.0  # where the stream is no terminal


class PostProgress:
    """Reports how many posts are predicted, how fast, and the time left.

    Args:
        posts: their number.
        kept: how many of them an earlier run has predicted.
        stream: where the lines are written; stderr by default.
    """

    def __init__(
        self, posts: int, kept: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._posts, self._kept, self._finished, self._clock = posts, kept, kept, clock
        self._stream = stream or sys.stderr
        self._started = self._shown = clock()
        terminal = self._stream.isatty()
        self._bar = tqdm(total=posts, initial=kept, unit=" posts", file=self._stream, disable=not terminal, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        if error is not None:
            self.write(
                f"{self._finished:,} of {self._posts:,} posts are predicted and kept; the same command continues"
            )

    def finished(self, posts: int) -> None:
        """Count further posts as predicted."""
        self._finished += posts
        self._bar.update(posts)
        now = self._clock()
        if self._bar.disable and (now - self._shown >= SECONDS_BETWEEN_LINES or self._finished == self._posts):
            self._shown = now
            self.write(self._line(now - self._started))

    def write(self, line: str) -> None:
        """Write a whole line, above the moving one; predictions continue if a log file's disk is full."""
        with suppress(OSError):
            tqdm.write(line, file=self._stream)

    def _line(self, seconds: float) -> str:
        done = self._finished - self._kept
        counted = f"{self._finished:,} of {self._posts:,} posts"
        if not seconds:
            return counted
        left = self._posts - self._finished
        time_left = f"about {duration(seconds / done * left)} left" if left else duration(seconds)
        return f"{counted}, {done / seconds:,.1f} posts/s, {time_left}"
