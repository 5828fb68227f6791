"""Canonical files: the same content is the same bytes, and a reader never sees half a file.

Owns JSON, JSONL, YAML and CSV in their one canonical form (sorted keys, one final newline, no clock), atomic
replacement and content hashes. Does not know what the records mean.
"""

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from redsm5_hpo.errors import HpoError

Json = Any  # a value that json.dumps accepts; not spelled out, since nothing here looks inside


def json_line(value: Json) -> str:
    """One canonical JSON line without its newline; NaN and infinity are refused (ValueError)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text` in UTF-8 in one step; parent folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Json) -> None:
    """Write one indented JSON document with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=2)
    write_text(path, text + "\n")


def read_json(path: Path) -> Json:
    """The JSON document in `path`."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_jsonl(path: Path, records: Iterable[Mapping[str, Json]]) -> None:
    """Write one canonical JSON object a line, in the order given."""
    write_text(path, "".join(json_line(dict(record)) + "\n" for record in records))


def read_jsonl(path: Path) -> list[dict[str, Json]]:
    """The objects of a JSONL file, in file order."""
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def write_yaml(path: Path, value: Json) -> None:
    """Write one block-style YAML document with sorted keys."""
    write_text(path, yaml.safe_dump(value, sort_keys=True, allow_unicode=True, default_flow_style=False))


def read_yaml(path: Path) -> Json:
    """The YAML document in `path`."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_yaml_mapping(path: Path, error: type[HpoError]) -> dict[str, Json]:
    """The mapping in a user's YAML file; raises `error` when the file is missing, not YAML or no mapping."""
    try:
        value = read_yaml(path)
    except FileNotFoundError:
        raise error(f"{path} does not exist", remedy="run from the repository root, or restore the file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise error(f"{path} is not YAML in UTF-8", got=str(problem)) from None
    if not isinstance(value, dict):
        raise error(f"{path} is no mapping", got=type(value).__name__, allowed="key: value lines")
    return value


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Json]]) -> None:
    """Write a CSV file with a header and LF line ends; None becomes an empty field."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, stream.getvalue())


def hash_files(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files; folders stand for all files below them but compiled Python."""
    digest = hashlib.sha256()
    for path in sorted({file for root in paths for file in _files_below(root)}):
        digest.update(f"{path.as_posix()}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def hash_value(value: Json) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(json_line(value).encode()).hexdigest()


def _files_below(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    return [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
