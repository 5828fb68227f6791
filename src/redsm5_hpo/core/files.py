"""Canonical files: equal content gives equal bytes, and a reader never sees half a file.

Owns the canonical form of JSON, JSONL, YAML and CSV (sorted keys, one final newline, no clock), atomic replacement and
content hashes. Does not know what the records mean.
"""

import csv
import fnmatch
import glob
import hashlib
import io
import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import yaml

from redsm5_hpo.core.errors import StorageError

_PART = ".part"
# Names of files and folders that editors, operating systems and Python leave in a folder, and that are no content of
# it; .dvcignore lists the same, so that DVC and a study's fingerprint agree.
STRAY = (
    *(".*", "*~", "~$*", "#*#", "*.bak", "*.orig", "*.rej", "*.sw[a-p]", "*.tmp", "Thumbs.db", "[Dd]esktop.ini"),
    *("__pycache__", "*.py[co]", "*.egg-info"),
)
Json = Any  # a value that json.dumps accepts; not spelled out, because no code here reads its parts


def json_line(value: Json) -> str:
    """One canonical JSON line without its newline; raises ValueError for NaN and infinity."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def write_text(path: Path, text: str) -> None:
    """Replace the file atomically by `text` in UTF-8; creates parent folders."""
    with replaced_file(path) as stream:
        stream.write(text.encode())


@contextmanager
def replaced_file(path: Path) -> Iterator[IO[bytes]]:
    """A stream that replaces `path` at the end of the block, complete and synced; no file is left after an error.

    Raises:
        StorageError: the disk is full, or writing is not permitted.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = part_path(path)
        try:
            with temporary.open("xb") as stream:  # by the user's umask, as any program's file: it may hold texts
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: Path, *errors: type[Exception]) -> Iterator[None]:
    """Turn an OSError, and the given errors of a library, into a StorageError."""
    caught: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        yield
    except caught as error:
        raise StorageError(
            f"{path} cannot be written",
            got=getattr(error, "strerror", None) or str(error),
            remedy="free disk space, or make the folder writable, and run the same command again; results are kept",
        ) from error


def part_path(path: Path) -> Path:
    """A new name for a partial file or folder of `path`, beside it; removes those of killed processes.

    Whether a process of another machine, which may share the folder, has been killed is not known here.
    """
    ours = f".{path.name}.{socket.gethostname().replace('.', '-')}."
    for leftover in path.parent.glob(f"{glob.escape(ours)}*{_PART}"):
        owner = leftover.name.removeprefix(ours).partition(".")[0]
        if owner.isdecimal() and not _is_running(int(owner)):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    return path.with_name(f"{ours}{os.getpid()}.{uuid4().hex[:8]}{_PART}")


def write_json(path: Path, value: Json) -> None:
    """Write one indented JSON document with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=2)
    write_text(path, text + "\n")


def read_json(path: Path) -> Json:
    """The JSON document in `path`."""
    return _parsed(path.read_text(encoding="utf-8"))


def write_jsonl(path: Path, records: Iterable[Mapping[str, Json]]) -> None:
    """Write one canonical JSON object per line, in the given order."""
    write_text(path, "".join(json_line(dict(record)) + "\n" for record in records))


def read_jsonl(path: Path) -> list[dict[str, Json]]:
    """The objects of a JSONL file, in file order."""
    with path.open(encoding="utf-8") as stream:
        return [_parsed(line) for line in stream]


def write_yaml(path: Path, value: Json) -> None:
    """Write one block-style YAML document with sorted keys."""
    write_text(path, yaml.safe_dump(value, sort_keys=True, allow_unicode=True, default_flow_style=False))


def read_yaml(path: Path) -> Json:
    """The YAML document in `path`."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Json]]) -> None:
    """Write a CSV file with a header and LF line ends; None is an empty field."""
    write_text(path, "".join(csv_line(row) for row in (columns, *rows)))


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by the names of its columns."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def csv_line(row: Sequence[Json]) -> str:
    """One row of a CSV file with its LF line end; None is an empty field."""
    stream = io.StringIO(newline="")
    # Before Python 3.13, csv does not quote a line end that differs from the terminator.
    csv.writer(stream, lineterminator="\r\n").writerow(row)
    return stream.getvalue().removesuffix("\r\n") + "\n"


def _parsed(text: str) -> Json:
    value = json.loads(text)
    if "\\u" in text:
        json_line(value).encode()  # a ValueError for "\\ud83d": half a character, which UTF-8 cannot encode
    return value


def hash_files(paths: Iterable[Path], relative_to: Path | None = None) -> str:
    """SHA-256 over the names and contents of files; a folder means its own files.

    Names are relative to the folder `relative_to`, if given: the hash then does not depend on its location.
    """
    digest = hashlib.sha256()
    for path in sorted({file for root in paths for file in ([root] if root.is_file() else own_files(root))}):
        name = path if relative_to is None else path.relative_to(relative_to)
        digest.update(f"{name.as_posix()}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def own_files(folder: Path) -> list[Path]:
    """All files below a folder but stray ones."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if not any(map(is_stray, path.relative_to(folder).parts))]


def is_stray(name: str) -> bool:
    """Whether a file or folder of this name is no content of the folder that it lies in."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in STRAY)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_value(value: Json) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(json_line(value).encode()).hexdigest()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's process
        return True
    return True
