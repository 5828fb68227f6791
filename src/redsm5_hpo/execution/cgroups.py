"""The cgroups that limit this process, versions 1 and 2: those of a container, a service or a batch job.

Owns where their files are and how a number is read. Does not know what the numbers limit.
"""

from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


def cgroup_folders(controller: str) -> Iterator[Path]:
    """Folders that may hold the limits of a controller (cpu, memory): of this process's group and all around it."""
    # In a container its own cgroup is often the root, whatever its path says.
    try:
        lines = OWN_CGROUPS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        for mount in (CGROUPS / controllers, CGROUPS / (controller if controllers else "unified")):
            below = mount / path.strip("/")
            yield from (folder for folder in (below, *below.parents) if folder.is_relative_to(mount))


def numbers(path: Path) -> list[int]:
    """The numbers of a file; none for a missing file, and for one without a limit."""
    try:
        found = [int(word) for word in path.read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []
    return found if all(number > 0 for number in found) else []
