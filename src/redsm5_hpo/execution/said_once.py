"""What any worker may have to say and the user needs to hear once, such as that fits take longer than they might.

Owns the flag, which the workers of a pool share. Nothing of it is recorded.
"""

import sys
from multiprocessing.sharedctypes import Synchronized

_flag: "Synchronized[int] | None" = None
_said = False  # by this process


def share_flag(flag: "Synchronized[int]") -> None:
    """Let this process and all others with the flag, which is 0 at first, say it once together."""
    global _flag
    _flag = flag


def say_once(line: str) -> None:
    """Write a line to stderr, unless this process, or another of its pool, has written one before."""
    global _said
    if _said or (_flag is not None and not _first(_flag)):
        return
    _said = True
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _first(flag: "Synchronized[int]") -> bool:
    with flag.get_lock():
        first, flag.value = not flag.value, 1
    return first
