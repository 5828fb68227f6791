"""The memory that this process and its workers may still use: of the machine, and of its container.

Owns the reading of limits. Does not decide how many workers there are. Swap does not count: training in it takes days.
"""

from collections.abc import Iterator
from pathlib import Path

import psutil

from redsm5_hpo.execution.cgroups import cgroup_folders, numbers

# Version 2, then 1: the limit, what is used of it, and the files in memory, which the kernel drops when it needs room.
_FILES = (
    ("memory.max", "memory.current", ("active_file", "inactive_file")),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_active_file", "total_inactive_file")),
)


def usable_memory() -> int:
    """Bytes: what the machine has available, at most what the cgroups leave; 0 or more."""
    return max(0, min([int(psutil.virtual_memory().available), *_left_of_limits()]))


def _left_of_limits() -> Iterator[int]:
    for folder in cgroup_folders("memory"):
        for limit, used, droppable in _FILES:
            found = [*numbers(folder / limit), *numbers(folder / used)]
            if len(found) == 2:
                yield found[0] - found[1] + sum(_statistics(folder / "memory.stat", droppable))


def _statistics(path: Path, names: tuple[str, ...]) -> Iterator[int]:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        name, _, value = line.partition(" ")
        if name in names and value.isdecimal():
            yield int(value)
