"""The journal of a study in progress: finished trials survive a crash.

Owns one append-only file per study, in a folder named by the fingerprint of what the study depends on. A damaged
line is dropped and its trial runs again, which gives the same record. Does not know how trials are run.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import Json, hash_value, json_line, write_text, writing
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.storage.lock import study_lock

_FILE = "journal.jsonl"
_FOLDER_NAME_LENGTH = 16


class Journal:
    """The finished trials of one study, on disk.

    Attributes:
        path: the file.
        records: those that it had when it was opened, in the order of completion, without what has been dropped.
        damaged: numbers of the lines that were dropped then, counted from 1.
    """

    def __init__(self, path: Path, records: tuple[TrialRecord, ...], damaged: tuple[int, ...]) -> None:
        self.path, self.records, self.damaged = path, records, damaged

    def append(self, record: TrialRecord) -> None:
        """Write a finished trial; it is on the disk when this returns."""
        with writing(self.path), self.path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(_line(record.to_json()) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def keep_below(self, number: int) -> None:
        """Drop the records of trial `number` and of those after it, in the file, too."""
        with self.path.open(encoding="utf-8") as stream:
            header = stream.readline().removesuffix("\n")
        self.records = tuple(record for record in self.records if record.number < number)
        _write(self.path, header, self.records)

    def discard(self) -> None:
        """Remove the journal and its folder; called when the study's results are written."""
        remove_journal(self.path.parent)


def remove_journal(folder: Path) -> None:
    """Remove the folder of a study whose lock this process holds."""
    (folder / _FILE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)  # NFS leaves it until the lock, which lies in it, is closed


@contextmanager
def open_journal(root: Path, covers: dict[str, Json]) -> Iterator[Journal]:
    """The journal of the study that depends on `covers`, below `root`; locked as long as the context lasts.

    Raises:
        StudyHeldError: another process runs the study.
        StudyError: the file there belongs to another one.
    """
    folder = root / hash_value(covers)[:_FOLDER_NAME_LENGTH]
    with study_lock(folder / "lock"):
        yield _replay(folder / _FILE, _line(covers))


def _replay(path: Path, header: str) -> Journal:
    if not path.exists():
        write_text(path, header + "\n")  # in one step, so that a header is never torn
    first, *lines = path.read_bytes().decode("utf-8", errors="replace").split("\n")
    if first != header:
        raise _foreign(path, first, header)
    # What follows the last line end is empty, unless a write broke off.
    torn = lines.pop() if lines else first
    records: dict[int, TrialRecord] = {}
    damaged = []
    for position, line in enumerate(lines, start=2):
        record = _read(line)
        if record is None or record.number in records:
            damaged.append(position)
        else:
            records[record.number] = record
    if torn:
        damaged.append(len(lines) + 2)
    if damaged:
        _write(path, header, records.values())
    return Journal(path, tuple(records.values()), tuple(damaged))


def _write(path: Path, header: str, records: Iterable[TrialRecord]) -> None:
    write_text(path, "".join(line + "\n" for line in [header, *(_line(record.to_json()) for record in records)]))


def _foreign(path: Path, first: str, header: str) -> StudyError:
    return StudyError(
        f"line 1 of {path} is damaged or belongs to another study",
        got=first[:200],
        allowed=header[:200],
        remedy=f"delete the folder {path.parent}; the trials in it run again",
    )


def _line(content: Json) -> str:
    return json_line({"content": content, "sha256": hash_value(content)})


def _read(line: str) -> TrialRecord | None:
    try:
        record = TrialRecord.from_json(json.loads(line)["content"])
        return record if _line(record.to_json()) == line else None
    except (ValueError, TypeError, KeyError):
        return None
