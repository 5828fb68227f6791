"""Which paths of a command line name files that can be opened more than once.

Owns that distinction: posts are read twice, and an output is continued. Raises no errors.
"""

from pathlib import Path


def no_file(path: Path) -> str:
    """What a path names that is no regular file; empty for a regular file, and for a name that is free."""
    if str(path) == "-":  # no name of a file that anyone means
        return "what other programs take for standard input or output"
    if path.is_dir():
        return "a folder"
    return "a pipe, a device or a socket" if path.exists() and not path.is_file() else ""
