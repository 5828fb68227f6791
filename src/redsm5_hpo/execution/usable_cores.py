"""The cores that this process may use: its affinity, and the CPU quota of its container.

Owns the reading of cgroups, versions 1 and 2. Does not decide how many workers there are.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


def usable_cores() -> int:
    """The number of cores, at most the CPU quota rounded up; at least 1."""
    return max(1, min([_cores(), *map(math.ceil, _quotas())]))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas() -> Iterator[float]:
    """The limits in cores of this process's cgroups and all that they are in."""
    for folder in _folders():
        limits = _numbers(folder / "cpu.max")  # version 2: "150000 100000", or "max 100000"
        limits = limits or [*_numbers(folder / "cpu.cfs_quota_us"), *_numbers(folder / "cpu.cfs_period_us")]
        if len(limits) == 2:
            yield limits[0] / limits[1]


def _numbers(path: Path) -> list[int]:
    """The numbers of a file; none for a missing file, and for one without a limit."""
    try:
        numbers = [int(word) for word in path.read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []
    return numbers if all(number > 0 for number in numbers) else []


def _folders() -> Iterator[Path]:
    """Where a quota may be: in a container its own cgroup is often the root, whatever its path says."""
    try:
        lines = OWN_CGROUPS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        for mount in (CGROUPS / controllers, CGROUPS / ("cpu" if controllers else "unified")):
            below = mount / path.strip("/")
            yield from (folder for folder in (below, *below.parents) if folder.is_relative_to(mount))
