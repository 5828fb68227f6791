"""Files of posts to predict for: checked whole, then read one post after another.

Owns the format: a CSV file with post_id and text, or a folder in the format of a raw corpus, of which the posts alone
are read. No more of a file is in memory than one post and the ids.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.files import file_sha256, is_stray
from redsm5_hpo.corpus.raw.exports import other_separator, utf16
from redsm5_hpo.corpus.raw.placeholders import placeholder
from redsm5_hpo.corpus.raw.problems import Problem, refuse, shown
from redsm5_hpo.corpus.raw.reading import POST_COLUMNS
from redsm5_hpo.corpus.raw.tables import MAX_FIELD_CHARACTERS
from redsm5_hpo.corpus.raw.visible import has_text, stripped
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference.regular_files import no_file

NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and what surrogateescape makes of bytes that are no UTF-8
_ALLOWED = {"post_id": "an id", "text": "the text of a post"}


@dataclass(frozen=True)
class PostFile:
    """A file that can be read to its end.

    Attributes:
        sha256: of its content.
        posts: the number of posts to predict for.
        placeholders: the number of posts left out, by what their text says of itself: removed or deleted.
        blank: the number of records without any text, which are left out.
        ignored: the columns that are not read.
    """

    path: Path
    sha256: str
    posts: int
    placeholders: dict[str, int]
    blank: int
    ignored: tuple[str, ...]


class _UnreadableError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def find_posts(source: Path) -> Path:
    """The file of posts: `source` itself, or the one in a folder; raises CorpusError if there is none, or several."""
    if not source.is_dir():
        return source
    found = sorted(path for path in source.glob("*posts.csv") if not is_stray(path.name))
    if len(found) != 1:
        got = ", ".join(path.name for path in found) or "no such file"
        raise CorpusError(
            f"{source} has no posts to predict for", got=got, allowed="exactly one file named *posts.csv in a folder"
        )
    return found[0]


def check_posts(path: Path) -> PostFile:
    """Read the whole file; raises one CorpusError that lists all its faults, with line and column."""
    _refuse_stream(path)
    problems: list[Problem] = []
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    blank = 0
    ignored: tuple[str, ...] = ()
    try:
        records = _records(path)
        header, ignored = _header(path.name, next(records, (0, []))[1])
        for line, cells in records:
            if not any(map(has_text, cells)):  # spreadsheets write the rows below the last one as commas alone
                blank += 1
                continue
            found = _problems(path.name, line, cells, header, seen)
            problems += found
            counts[placeholder(cells[header["text"]]) or "" if not found else "faulty"] += 1
        if not counts:
            problems.append(Problem(path.name, "no records", "at least one"))
    except _UnreadableError as error:
        problems.append(error.problem)
    except OSError as error:
        problems.append(Problem(path.name, f"cannot be read ({error.strerror})", "a file that you may read"))
    if not problems and not counts[""]:
        problems.append(Problem(path.name, "all posts are removed or deleted", "at least one with its text", 0, "text"))
    refuse(path, problems)
    posts = counts.pop("")
    return PostFile(path, file_sha256(path), posts, dict(sorted(counts.items())), blank, ignored)


def read_posts(path: Path) -> Iterator[Post]:
    """The posts to predict for in the order of a file that check_posts has accepted."""
    records = _records(path)
    header, _ = _header(path.name, next(records)[1])
    for _, cells in records:
        post = Post(cells[header["post_id"]], cells[header["text"]]) if any(map(has_text, cells)) else None
        if post and placeholder(post.text) is None:
            yield post


def left_out(placeholders: Mapping[str, int]) -> list[str]:
    """What to say of posts whose text is gone, one line for each reason."""
    return [
        f"{count:,} posts are left out: their text says that it was {reason}"
        for reason, count in sorted(placeholders.items())
    ]


def _refuse_stream(path: Path) -> None:
    """A pipe would be empty when the posts are read after the check."""
    if got := no_file(path):
        raise CorpusError(
            f"posts cannot be read from {path}",
            got=got,
            allowed="a regular file: it is read twice, first to check it",
            remedy="write the posts to a file first, and name that file",
        )


def _header(file: str, cells: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """The positions of the columns, the number of columns among them as "", and the names of the others."""
    names = [stripped(name) for name in cells]
    wanted = f"a header with {' and '.join(POST_COLUMNS)}, once each"
    if not names:
        raise _UnreadableError(Problem(file, "an empty file", wanted))
    for name in POST_COLUMNS:
        if names.count(name) != 1:
            found = f"{names.count(name)} times" if name in names else "missing"
            others = ", ".join(shown(other) if other else "a nameless column" for other in names[:20])
            raise _UnreadableError(Problem(file, f"{found}; the header has {others}", wanted, 1, name))
    ignored = [name or f"the nameless column {number}" for number, name in enumerate(names, 1)]
    positions = {name: names.index(name) for name in POST_COLUMNS}
    return {**positions, "": len(names)}, tuple(name for name in ignored if name not in positions)


def _problems(file: str, line: int, cells: list[str], header: dict[str, int], seen: set[str]) -> list[Problem]:
    """The faults of one record; adds its id to those that were seen."""
    if len(cells) != header[""]:
        return [Problem(file, f"{len(cells)} fields", f"{header['']} fields, as in the header", line)]
    values = {name: cells[header[name]] for name in POST_COLUMNS}
    problems = [
        Problem(file, shown(value), _ALLOWED[name], line, name) for name, value in values.items() if not has_text(value)
    ]
    if values["post_id"] in seen:
        problems.append(Problem(file, f"{shown(values['post_id'])} again", "each post_id once", line, "post_id"))
    seen.add(values["post_id"])
    return problems


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file with the numbers of their first lines; raises _UnreadableError where they end early."""
    csv.field_size_limit(MAX_FIELD_CHARACTERS)  # the default of 131,072 is less than a long post
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(_checked(path.name, stream), strict=True)
        line = 1
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            allowed = "comma-separated, quoted with double quotes in pairs"
            raise _UnreadableError(Problem(path.name, f"no CSV from here on ({error})", allowed, line)) from None


def _checked(file: str, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if number == 1:
            _check_format(file, line)
        if bad := NO_TEXT.search(line):
            what = "a NUL byte" if bad[0] == "\0" else f"byte 0x{ord(bad[0]) & 0xFF:02x}, which is no UTF-8"
            raise _UnreadableError(Problem(file, what, "UTF-8 text without NUL", number))
        yield line


def _check_format(file: str, line: str) -> None:
    """Raise an _UnreadableError for a first line of another format, whose first fault in detail would say less."""
    data = line.encode(errors="surrogateescape")
    if problem := utf16(file, data) or other_separator(file, line, POST_COLUMNS):
        raise _UnreadableError(problem)
