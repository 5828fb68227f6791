"""Folders that are replaced whole."""

import itertools
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from redsm5_hpo.corpus.folders import SUMS, damaged_file, replaced_folder, seal
from redsm5_hpo.files import write_text


def test_the_new_folder_takes_the_place_of_the_old(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    for name in ("old", "new"):
        with replaced_folder(target) as folder:
            (folder / name).write_text(name)
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def dying_at(renaming: int, directory: Path) -> None:
    """Replace a folder in a process that is killed when it renames for the so-many-th time."""
    rename, calls = Path.replace, itertools.count(1)

    def replace(path: Path, target: Path) -> Path:
        if next(calls) == renaming:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(path, target)

    with pytest.MonkeyPatch.context() as patch, replaced_folder(directory) as folder:
        (folder / "new").write_text("new")
        patch.setattr(Path, "replace", replace)


@pytest.mark.parametrize(
    ("renaming", "left"), [(1, ["old"]), (2, []), (3, ["new"])], ids=["before", "between", "after"]
)
def test_a_kill_at_any_renaming_loses_no_folder(tmp_path: Path, renaming: int, left: list[str]) -> None:
    directory = tmp_path / "out"
    directory.mkdir()
    (directory / "old").write_text("old")
    process = multiprocessing.get_context("fork").Process(target=dying_at, args=(renaming, directory))
    process.start()
    process.join()
    assert [path.name for path in directory.glob("*")] == left
    with pytest.raises(RuntimeError), replaced_folder(directory):
        raise RuntimeError
    assert [path.name for path in directory.iterdir()] == (left or ["old"])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interruption_between_two_renamings_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, rename = tmp_path / "out", Path.replace
    directory.mkdir()
    (directory / "old").write_text("old")

    def replace(path: Path, target: Path) -> Path:
        if path.name.endswith(".part") and "before" not in path.name:
            raise KeyboardInterrupt
        return rename(path, target)

    with pytest.raises(KeyboardInterrupt), replaced_folder(directory) as folder:
        (folder / "new").write_text("new")
        monkeypatch.setattr(Path, "replace", replace)
    assert [path.name for path in directory.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_sealed_folder_is_whole(tmp_path: Path) -> None:
    sealed(tmp_path)
    assert damaged_file(tmp_path) is None


def test_the_seal_is_what_sha256sum_reads(tmp_path: Path) -> None:
    sealed(tmp_path)
    command = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0  # noqa: S603 (our own)


def sealed(folder: Path) -> None:
    for name in ("a", "deep/b c"):
        write_text(folder / name, "text of a post\n")
    seal(folder)


def flip(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 4]) + content[1:])


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a bit flipped": ("a", flip),
    "a bit flipped below": ("deep/b c", flip),
    "cut": ("a", lambda path: path.write_bytes(path.read_bytes()[:-1])),
    "emptied": ("a", lambda path: path.write_bytes(b"")),
    "gone": ("deep/b c", Path.unlink),
    "the seal gone": (SUMS, Path.unlink),
    "the seal empty": (SUMS, lambda path: path.write_bytes(b"")),
    "the seal no text": (SUMS, lambda path: path.write_bytes(b"\xff\xfe")),
}


@pytest.mark.parametrize(("name", "damage"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_found(tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    sealed(tmp_path)
    damage(tmp_path / name)
    assert damaged_file(tmp_path) == tmp_path / name


def test_nothing_stays_on_failure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), replaced_folder(tmp_path / "out") as folder:
        (folder / "half").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
