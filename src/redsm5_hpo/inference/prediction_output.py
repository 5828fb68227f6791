"""The output of the predict command: a CSV file that a cut run leaves and the same command continues.

Owns its columns, and the file beside it, FILE.json, which holds what the predictions depend on: an output that depends
on anything else is not continued. Does not predict.
"""

import csv
import fcntl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, fields
from io import RawIOBase
from pathlib import Path
from typing import IO

from redsm5_hpo.core.errors import HpoError, StorageError
from redsm5_hpo.core.files import Json, csv_line, read_json, write_json
from redsm5_hpo.core.locks import means_no_locks
from redsm5_hpo.corpus.raw.problems import shown
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference.posts import DECIMALS, PostPrediction
from redsm5_hpo.inference.regular_files import no_file

COLUMNS = tuple(field.name for field in fields(PostPrediction))
_REMEDY = "name another file with --out, or delete this one and the .json beside it"


@dataclass(frozen=True)
class Kept:
    """What an earlier run has written: whole posts, and the bytes of the header and their rows."""

    posts: int = 0
    size: int = 0


@dataclass(frozen=True)
class Output:
    """An open output.

    Attributes:
        kept: the number of posts that it holds already.
    """

    path: Path
    stream: RawIOBase
    kept: int

    def write(self, rows: Iterable[PostPrediction]) -> None:
        """Append the rows of whole posts; raises StorageError where they cannot be written."""
        with _writing(self.path):
            _append(self.stream, "".join(map(prediction_line, rows)))


@contextmanager
def opened_output(
    path: Path, made_by: Mapping[str, Json], posts: Iterable[Post], labels: Sequence[str]
) -> Iterator[Output]:
    """The output at `path`, new or continued, in which a half-written last post is removed.

    Args:
        made_by: what the predictions depend on.
        posts: all posts in order, to compare with the rows of an earlier run.
        labels: the criteria in the order of a post's rows.

    Raises:
        HpoError: the file was not made by this command, or depends on something else, or another process writes it, or
            it is none that can be continued.
        StorageError: it cannot be written.
    """
    _refuse_stream(path)
    with _writing(_beside(path)):
        if not path.exists():
            write_json(_beside(path), dict(made_by))
    _check_origin(path, made_by)
    with ExitStack() as stack:
        with _writing(path):
            stream = stack.enter_context(path.open("ab", buffering=0))  # closing it writes nothing that could fail
            _lock(path, stream)
            kept = kept_posts(path, posts, labels)
            stream.truncate(kept.size)
            _append(stream, "" if kept.size else csv_line(COLUMNS))
        yield Output(path, stream, kept.posts)


def prediction_line(row: PostPrediction) -> str:
    """One line of the output, with its line end; the probability has DECIMALS decimals."""
    return csv_line([f"{cell:.{DECIMALS}f}" if isinstance(cell, float) else cell for cell in astuple(row)])


def kept_posts(path: Path, posts: Iterable[Post], labels: Sequence[str]) -> Kept:
    """The whole posts of an output; raises HpoError where its rows are not those of these posts."""
    with path.open("rb") as stream:
        records = _records(stream)
        end, header = next(records, (0, list(COLUMNS)))
        if header != list(COLUMNS):
            raise _foreign(path, "another header")
        kept = Kept(0, end)
        for post in posts:
            rows = list(zip(labels, records, strict=False))
            if any(cells[:2] != [post.post_id, label] or len(cells) != len(COLUMNS) for label, (_, cells) in rows):
                raise _foreign(path, f"rows that are not those of post {shown(post.post_id)}")
            if len(rows) < len(labels):
                return kept
            kept = Kept(kept.posts + 1, rows[-1][1][0])
        if next(records, None) is not None:
            raise _foreign(path, "more rows than the posts have")
        return kept


def _records(stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The complete records and where each ends, in bytes; a cut one at the end is left out."""
    size = 0

    def lines() -> Iterator[str]:
        nonlocal size
        for line in stream:
            if not line.endswith(b"\n"):
                return
            size += len(line)
            yield line.decode(errors="replace")

    try:
        for cells in csv.reader(lines(), strict=True):
            yield size, cells
    except csv.Error:  # the cut is inside of quotes
        return


def _append(stream: RawIOBase, text: str) -> None:
    data = text.encode()
    while data:
        data = data[stream.write(data) :]


def _check_origin(path: Path, made_by: Mapping[str, Json]) -> None:
    beside = _beside(path)
    try:
        found = dict(read_json(beside))
    except (OSError, ValueError, TypeError):
        raise _foreign(path, f"no {beside.name} beside it that says what its predictions depend on") from None
    if different := sorted(name for name in {*found, *made_by} if found.get(name) != made_by.get(name)):
        raise HpoError(
            f"{path} was made differently",
            got=f"what differs: {', '.join(different)}",
            allowed="a file that this command began with the same model, definitions and posts, on such a machine",
            remedy=_REMEDY,
        )


def _refuse_stream(path: Path) -> None:
    if got := no_file(path):
        raise HpoError(
            f"predictions cannot be written to {path}",
            got=got,
            allowed="a regular file: a run that was cut continues it",
            remedy="name a file with --out, such as --out predictions.csv",
        )


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _foreign(path: Path, got: str) -> HpoError:
    return HpoError(f"{path} exists and is no output of this command for these posts", got=got, remedy=_REMEDY)


def _lock(path: Path, stream: RawIOBase) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HpoError(f"{path} is being written", got="another process", remedy="wait until it has ended") from None
    except OSError as error:
        if not means_no_locks(error):
            raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn an OSError into a StorageError, and give that of a stage's file this command's remedy."""
    try:
        yield
    except (OSError, StorageError) as error:
        raise StorageError(
            f"{path} cannot be written",
            got=error.got if isinstance(error, StorageError) else error.strerror or str(error),
            remedy="free disk space, or make the folder writable; the same command then continues",
        ) from error
