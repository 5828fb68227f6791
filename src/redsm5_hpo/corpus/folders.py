"""Folders that are replaced whole, and folders that know what was written into them.

Owns the step from an old folder to a new one, and the list of checksums beside a folder's files, which `sha256sum -c`
reads too. Does not know what is written.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redsm5_hpo.files import part_prefix, write_text, writing

SUMS = "SHA256SUMS"


@contextmanager
def replaced_folder(directory: Path) -> Iterator[Path]:
    """An empty folder to write into; it takes the place of `directory` at the end, and nothing stays on failure.

    Killed at any moment, the old folder or the new one is whole: what stood aside is put back the next time.
    """
    with writing(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        _put_back(directory)
        temporary = Path(tempfile.mkdtemp(dir=directory.parent, prefix=part_prefix(directory), suffix=".part"))
    try:
        yield temporary
        with writing(directory):
            temporary.chmod(0o755)
            _take_place(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _take_place(folder: Path, directory: Path) -> None:
    # Not removed before the new one stands: a user's own files may be in both, and in no third place.
    aside = _aside(directory)
    try:
        if directory.exists():
            directory.replace(aside)
        folder.replace(directory)
    finally:
        _put_back(directory)


def _put_back(directory: Path) -> None:
    """Undo a replacement that broke off, or finish one."""
    aside = _aside(directory)
    if directory.exists():
        shutil.rmtree(aside, ignore_errors=True)
    elif aside.exists():
        aside.replace(directory)


def _aside(directory: Path) -> Path:
    return directory.with_name(f".{directory.name}.before.all.part")


def seal(folder: Path) -> None:
    """List the folder's files with their SHA-256; called when all of them are written."""
    write_text(folder / SUMS, "".join(f"{_sha256(folder / name)}  {name}\n" for name in _names(folder)))


def damaged_file(folder: Path) -> Path | None:
    """The first file of a sealed folder that is missing or not as it was written; None when all are whole."""
    sums = folder / SUMS
    try:
        lines = sums.read_text(encoding="utf-8").splitlines()
        listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    except (OSError, ValueError):
        return sums
    if not listed:
        return sums
    return next((folder / name for name, digest in listed.items() if not _is_whole(folder / name, digest)), None)


def _names(folder: Path) -> list[str]:
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in files if name != SUMS)


def _is_whole(path: Path, digest: str) -> bool:
    try:
        return _sha256(path) == digest
    except (OSError, ValueError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
