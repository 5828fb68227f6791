"""Faults of a raw corpus: collected while reading, raised as one error.

Owns the wording of a fault and the shortening of long lists. Does not decide what a fault is. Never shows corpus text:
only what can be an identifier, else a length.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core.errors import CorpusError, listed
from redsm5_hpo.corpus.raw.visible import has_text, stripped

SHOWN_PER_KIND = 5
_IDENTIFIER = re.compile(r"[^\s]{1,40}")


@dataclass(frozen=True)
class Problem:
    """One fault.

    Attributes:
        file: name of the file inside the source directory.
        found: what was found, without corpus text.
        allowed: what is accepted; with file and column the kind of the fault.
        line: first line of the record, as a text editor counts; 0 for a fault of the whole file.
        column: empty for a fault of a whole record or file.
    """

    file: str
    found: str
    allowed: str
    line: int = 0
    column: str = ""

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.found}; allowed: {self.allowed}"


def shown(value: str) -> str:
    """A cell in an error message: an identifier as it is, anything that may be prose as its length.

    What cannot be seen around an identifier is said: a label with a blank looks like a label that is allowed.
    """
    if value and not has_text(value):
        return f"{len(value)} characters, none of them visible"
    if _IDENTIFIER.fullmatch(value):
        return repr(value)
    inner = stripped(value)
    if inner != value and _IDENTIFIER.fullmatch(inner):
        return f"{inner!r} with blanks around it"
    return f"{len(value)} characters"


def shortened(lines: Sequence[str], limit: int = 50) -> list[str]:
    """The first lines, and the number of the others."""
    more = len(lines) - limit
    return [*lines[:limit], *([f"... and {more} more"] if more > 0 else [])]


def refuse(directory: Path, problems: Sequence[Problem]) -> None:
    """Raise one CorpusError that names every kind of fault, if there are any."""
    if not problems:
        return
    kinds: dict[tuple[str, str, str], list[str]] = {}
    for problem in problems:
        kinds.setdefault((problem.file, problem.column, problem.allowed), []).append(str(problem))
    # Shortened by kind: ten thousand faults of one kind must not hide the only one of another.
    lines = [line for kind in kinds.values() for line in shortened(kind, SHOWN_PER_KIND)]
    raise CorpusError(
        f"{directory} has {len(problems)} problem(s):{listed(lines)}",
        remedy="correct the files; lines are numbered as in a text editor, a record has the number of its first line",
    )
