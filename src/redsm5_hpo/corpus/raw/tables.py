"""A CSV file as a table of text, indexed by the first line of each record.

Owns encoding, CSV syntax and the presence of columns. Does not check values (validation.py) or recognize other formats
(exports.py).
"""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from redsm5_hpo.corpus.raw.exports import other_separator, utf16
from redsm5_hpo.corpus.raw.problems import Problem, shown
from redsm5_hpo.corpus.raw.visible import has_text, stripped

MAX_FIELD_CHARACTERS = 4_000_000  # a longer field is not a post but an unclosed quote


@dataclass(frozen=True)
class Table:
    """The readable content of a file, and its faults.

    Attributes:
        frame: the wanted columns as text, indexed by line number; None if the file has no usable table.
        ignored: names of unused columns.
        blank: number of records without any text, which are left out.
        malformed: the fields of records that have more or fewer than the header.
        read_to_end: False if the table may lack records.
    """

    file: str
    problems: tuple[Problem, ...] = ()
    frame: pd.DataFrame | None = None
    ignored: tuple[str, ...] = ()
    blank: int = 0
    malformed: tuple[str, ...] = ()
    read_to_end: bool = False


def read_table(path: Path, wanted: Sequence[str], unused: Sequence[str] = ()) -> Table:
    """The `wanted` columns of a CSV file; the `unused` ones are not reported as ignored."""
    text = decoded(path)
    if isinstance(text, Problem):
        return Table(path.name, (text,))
    if separated := other_separator(path.name, text, wanted):
        return Table(path.name, (separated,))
    records, problems = _records(path.name, text)
    read_to_end = not problems
    header = [stripped(name) for name in records[0][1]] if records else []
    rows = len(records[1:])
    # Spreadsheets write the rows below the last one as commas alone.
    records = [(line, cells) for line, cells in records[1:] if any(map(has_text, cells))]
    blank = rows - len(records)
    problems += _header_problems(path.name, header, wanted)
    ignored = _ignored(header, {*wanted, *unused})
    if any(header.count(name) != 1 for name in wanted):
        return Table(path.name, tuple(problems), ignored=ignored, blank=blank)
    if not records:
        problems.append(Problem(path.name, "no records", "at least one"))
    malformed = [(line, cells) for line, cells in records if len(cells) != len(header)]
    fields = f"{len(header)} fields, as in the header"
    problems += [Problem(path.name, f"{len(cells)} fields", fields, line) for line, cells in malformed]
    return Table(
        path.name,
        tuple(problems),
        _frame(header, records)[list(wanted)],
        ignored,
        blank,
        tuple(cell for _, cells in malformed for cell in cells),
        read_to_end,
    )


def _ignored(header: Sequence[str], read: Collection[str]) -> tuple[str, ...]:
    names = [
        name or f"the nameless column {number} (an index, or a comma at the end of each line)"
        for number, name in enumerate(header, 1)
    ]
    return tuple(name for name in names if name not in read)


def _frame(header: Sequence[str], records: Sequence[tuple[int, list[str]]]) -> pd.DataFrame:
    whole = {line: cells for line, cells in records if len(cells) == len(header)}
    return pd.DataFrame(list(whole.values()), index=list(whole), columns=list(header), dtype="str")


def decoded(path: Path) -> str | Problem:
    """The text of a UTF-8 file, with or without a byte order mark, or its fault."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Problem(path.name, f"cannot be read ({error.strerror})", "a file that you may read")
    if not data.strip():
        return Problem(path.name, "an empty file", "UTF-8 text")
    if wide := utf16(path.name, data):
        return wide
    if b"\0" in data:
        at = data.index(b"\0")
        found = f"{data.count(0)} NUL byte(s), the first at offset {at}"
        return Problem(path.name, found, "UTF-8 text without NUL", _line_of(data, at))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
        return Problem(path.name, f"byte 0x{data[at]:02x} at offset {at} is no UTF-8", "UTF-8 text", _line_of(data, at))


def _records(file: str, text: str) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    # newline="" keeps line breaks inside quoted text; the csv module counts lines itself.
    csv.field_size_limit(MAX_FIELD_CHARACTERS)  # the default of 131,072 is less than a long post
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if cells:
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        return records, [
            Problem(file, f"no CSV from here on ({error})", "comma-separated, quoted with double quotes in pairs", line)
        ]
    return records, []


def _header_problems(file: str, header: Sequence[str], wanted: Sequence[str]) -> list[Problem]:
    problems = []
    for name in wanted:
        if name not in header:
            names = ", ".join(shown(other) if other else "a nameless column" for other in header[:20])
            found = f"missing; the header has {names}"
            problems.append(Problem(file, found, f"a header with {', '.join(wanted)}", 1, name))
        elif header.count(name) > 1:
            problems.append(Problem(file, f"{header.count(name)} times in the header", "once", 1, name))
    return problems


def _line_of(data: bytes, offset: int) -> int:
    # As a text editor counts: CR LF is one line end, and so are LF and CR alone.
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1
