"""How long a study has taken, over all runs that worked on it.

Owns the count in the journal's folder. Nothing of it gets into a record.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redsm5_hpo.files import write_text

_FILE = "seconds"


@contextmanager
def stopwatch(folder: Path, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[], float]]:
    """Tells the seconds so far, those of earlier runs included; a run that is killed outright leaves none."""
    path, started = folder / _FILE, clock()
    before = _read(path)

    def seconds() -> float:
        return before + clock() - started

    try:
        yield seconds
    finally:
        if folder.exists():  # a study whose journal is discarded has nothing to go on with
            write_text(path, f"{seconds():.1f}\n")


def _read(path: Path) -> float:
    try:
        return float(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none, or damaged: a time that nothing depends on
        return 0.0
