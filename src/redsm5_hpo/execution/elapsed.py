"""The run time of a study, summed over all its runs.

Owns the file of seconds in the journal's folder. Nothing of it is recorded.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redsm5_hpo.core.files import write_text

_FILE = "seconds"


@contextmanager
def elapsed(folder: Path, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[], float]]:
    """A function that returns the seconds so far, with those of earlier runs; a run ended by SIGKILL is not counted."""
    path, started = folder / _FILE, clock()
    before = _read(path)

    def seconds() -> float:
        return before + clock() - started

    try:
        yield seconds
    finally:
        if folder.exists():  # the folder of a discarded study stays deleted
            write_text(path, f"{seconds():.1f}\n")


def _read(path: Path) -> float:
    try:
        return float(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # missing or damaged: no result depends on it
        return 0.0
