"""Folders that are replaced atomically, and folders with checksums of their files.

Owns the replacement of a folder, and its list of checksums, which `sha256sum -c` reads too. Does not know what is
written.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redsm5_hpo.core.files import file_sha256, part_path, write_text, writing

SUMS = "SHA256SUMS"


@contextmanager
def replaced_folder(directory: Path) -> Iterator[Path]:
    """An empty folder to write into; it replaces `directory` at the end of the block, and is removed after an error.

    After a kill at any moment the old or the new folder is complete: the next call restores the backup.
    """
    with writing(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        _restore(directory)
        temporary = part_path(directory)
        temporary.mkdir()  # by the user's umask, as files.replaced_file
    try:
        yield temporary
        with writing(directory):
            _replace(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace(folder: Path, directory: Path) -> None:
    # The old folder is removed last: a user's own files may be in these two folders only.
    try:
        if directory.exists():
            directory.replace(_backup(directory))
        folder.replace(directory)
    finally:
        _restore(directory)


def _restore(directory: Path) -> None:
    """Undo an interrupted replacement, or finish a complete one."""
    backup = _backup(directory)
    if directory.exists():
        shutil.rmtree(backup, ignore_errors=True)
    elif backup.exists():
        backup.replace(directory)


def _backup(directory: Path) -> Path:
    return directory.with_name(f".{directory.name}.before.all.part")


def seal(folder: Path) -> None:
    """List the folder's files with their SHA-256; call it when all of them are written."""
    write_text(folder / SUMS, "".join(f"{file_sha256(folder / name)}  {name}\n" for name in _names(folder)))


def damaged_file(folder: Path) -> Path | None:
    """The first file of a sealed folder that is missing or has changed; None when all are intact."""
    sums = folder / SUMS
    try:
        lines = sums.read_text(encoding="utf-8").splitlines()
        listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    except (OSError, ValueError):
        return sums
    if not listed:
        return sums
    return next((folder / name for name, digest in listed.items() if not _is_intact(folder / name, digest)), None)


def _names(folder: Path) -> list[str]:
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in files if name != SUMS)


def _is_intact(path: Path, digest: str) -> bool:
    try:
        return file_sha256(path) == digest
    except (OSError, ValueError):
        return False
