"""Folders that travel to workers, by their content: each file once a worker, whoever needs it.

Owns both ends: what the driver sends, and where a worker keeps it: in Dask's scratch folder of that worker, which only
its user may read and which Dask removes when the worker ends.
"""

import os
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

from redsm5_hpo.core.files import file_sha256, hash_value, own_files, writing
from redsm5_hpo.execution.cluster.messages import Sealed

PART_BYTES = 16 << 20
_COMPLETE = "complete"


@dataclass(frozen=True)
class Folder:
    """A folder of the driver: SHA-256 by the names of its files."""

    path: Path
    files: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> "Folder":
        """The folder as it is now; one that is not there is empty, and its reader says so."""
        return cls(path, {file.relative_to(path).as_posix(): file_sha256(file) for file in own_files(path)})

    @property
    def digest(self) -> str:
        """A hash of names and contents: its name at workers."""
        return hash_value(dict(self.files))

    def send(self, missing: Callable[[list[str]], list[str]], receive: Callable[[str, int, Sealed], None]) -> None:
        """Send the files that a worker does not have, in parts."""
        wanted = set(missing(sorted(set(self.files.values()))))
        for name, digest in self.files.items():
            if digest in wanted:
                wanted.remove(digest)
                with (self.path / name).open("rb") as stream:
                    send(stream, digest, receive)


class Store:
    """What a worker has of others' folders, by content; each lease has one, and all have the same files.

    A file is here under its hash alone once it is whole: several drivers may send it at once.
    """

    def __init__(self, root: Path) -> None:
        self.folders, self._files = root / "folders", root / "files"
        for folder in (root, self.folders, self._files):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._part = f"{uuid4().hex}.part"
        # What a driver that is gone has sent of a file: nobody continues it.
        weakref.finalize(self, _remove, self._files, self._part)

    def file(self, digest: str) -> Path:
        """A file that is here."""
        return self._files / digest

    def missing(self, digests: list[str]) -> list[str]:
        """Those of the files that are not here."""
        return [digest for digest in digests if not (self._files / digest).exists()]

    def receive(self, digest: str, offset: int, part: Sealed) -> None:
        """Take a part of a file, in order; the file is here once its content has its hash."""
        partial = self._files / f"{digest}.{self._part}"
        with writing(partial), partial.open("r+b" if offset else "wb") as stream:
            stream.seek(offset)
            stream.write(part.content)
        if len(part.content) < PART_BYTES:  # the last one
            if file_sha256(partial) != digest:
                raise ValueError(f"a file that was sent has not the SHA-256 {digest}: it was changed meanwhile")
            partial.replace(self._files / digest)

    def lay_out(self, digest: str, files: Mapping[str, str]) -> None:
        """Make the folder of that hash of files that are here."""
        folder = self.folders / digest
        if (folder.with_name(f"{digest}.{_COMPLETE}")).exists():
            return
        with writing(folder):
            folder.mkdir(exist_ok=True)
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).unlink(missing_ok=True)
                os.link(self._files / content, folder / name)
            folder.with_name(f"{digest}.{_COMPLETE}").touch()


def _remove(folder: Path, suffix: str) -> None:
    for path in folder.glob(f"*.{suffix}"):
        path.unlink(missing_ok=True)


def send(stream: IO[bytes], digest: str, receive: Callable[[str, int, Sealed], None]) -> None:
    """Send a file in parts; the last one is shorter than PART_BYTES, and may be empty."""
    offset, size = 0, PART_BYTES
    while size == PART_BYTES:
        part = stream.read(PART_BYTES)
        receive(digest, offset, Sealed(part))
        offset, size = offset + len(part), len(part)
