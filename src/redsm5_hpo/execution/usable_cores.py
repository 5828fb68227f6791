"""The cores that this process may use: its affinity, and the CPU quota of its container.

Owns the reading of quotas. Does not decide how many workers there are.
"""

import math
import os
from collections.abc import Iterator

from redsm5_hpo.execution.cgroups import cgroup_folders, numbers


def usable_cores() -> int:
    """The number of cores, at most the CPU quota rounded up; at least 1."""
    return max(1, min([_cores(), *map(math.ceil, _quotas())]))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas() -> Iterator[float]:
    """The limits in cores of this process's cgroups and all that they are in."""
    for folder in cgroup_folders("cpu"):
        limits = numbers(folder / "cpu.max")  # version 2: "150000 100000", or "max 100000"
        limits = limits or [*numbers(folder / "cpu.cfs_quota_us"), *numbers(folder / "cpu.cfs_period_us")]
        if len(limits) == 2:
            yield limits[0] / limits[1]
