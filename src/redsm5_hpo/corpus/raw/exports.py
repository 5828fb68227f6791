"""What spreadsheets write instead of comma-separated UTF-8, recognized so that one mistake is one fault.

Owns the signs of other separators and of UTF-16. Reads no files.
"""

import codecs
import re
from collections.abc import Collection

from redsm5_hpo.corpus.raw.problems import Problem
from redsm5_hpo.corpus.raw.visible import stripped

_SEPARATORS = {"semicolons": ";", "tabs": "\t", "vertical bars": "|"}
_HEAD_BYTES = 200


def other_separator(file: str, text: str, wanted: Collection[str]) -> Problem | None:
    """The fault of a table whose first line has more of the wanted columns if it is split at something but commas."""
    line = re.search(r"[^\r\n]+", text)
    if line is None:
        return None
    with_commas = _columns(line[0], ",", wanted)
    counts = {name: _columns(line[0], separator, wanted) for name, separator in _SEPARATORS.items()}
    name = max(counts, key=lambda each: counts[each])
    if counts[name] <= with_commas:
        return None
    found = f"looks separated by {name}"
    return Problem(
        file, found, "fields separated by commas: save it as CSV with commas", text.count("\n", 0, line.start()) + 1
    )


def utf16(file: str, data: bytes) -> Problem | None:
    """The fault of a file that begins as UTF-16 does: with its mark, or with a NUL in nearly every second byte."""
    head = data[:_HEAD_BYTES]
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not marked and not any(_mostly_nul(head[first::2]) for first in (0, 1)):
        return None
    return Problem(file, "looks like UTF-16", "UTF-8 text: save it as UTF-8 (in Excel: CSV UTF-8)")


def _columns(line: str, separator: str, wanted: Collection[str]) -> int:
    """How many of the wanted columns a header has, with or without quotes around their names."""
    return len({stripped(name).strip('"') for name in line.split(separator)} & set(wanted))


def _mostly_nul(data: bytes) -> bool:
    return len(data) > 2 and data.count(0) > 0.8 * len(data)
