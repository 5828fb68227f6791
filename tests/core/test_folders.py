"""Folders that are replaced atomically, and their checksums."""

import itertools
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from redsm5_hpo.core.files import write_text
from redsm5_hpo.core.folders import SUMS, damaged_file, replaced_folder, seal
from tests.disks import umask_of


def test_the_new_folder_replaces_the_old(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    for name in ("old", "new"):
        with replaced_folder(target) as folder:
            (folder / name).write_text(name)
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in target.parent.iterdir()] == ["out"]


MASKS = {"all may read": (0o022, 0o755), "the group may read": (0o027, 0o750), "nobody else may": (0o077, 0o700)}


@pytest.mark.parametrize(("umask", "mode"), MASKS.values(), ids=MASKS)
def test_who_may_read_a_new_folder_is_the_umasks_choice(tmp_path: Path, umask: int, mode: int) -> None:
    with umask_of(umask), replaced_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out").stat().st_mode & 0o777 == mode


def dying_at(moment: int, directory: Path) -> None:
    """Replace a folder; the process is killed at a moment, counted before and after each call of Path.replace."""
    rename, moments = Path.replace, itertools.count()

    def pass_moment() -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def replace(path: Path, target: Path) -> Path:
        pass_moment()
        renamed = rename(path, target)
        pass_moment()
        return renamed

    with pytest.MonkeyPatch.context() as patch, replaced_folder(directory) as folder:
        (folder / "new").write_text("new")
        patch.setattr(Path, "replace", replace)


@pytest.mark.parametrize(("moment", "left"), [(0, ["old"]), (1, []), (3, ["new"])], ids=["before", "between", "after"])
def test_a_kill_at_any_renaming_loses_no_folder(tmp_path: Path, moment: int, left: list[str]) -> None:
    directory = tmp_path / "out"
    directory.mkdir()
    (directory / "old").write_text("old")
    process = multiprocessing.get_context("spawn").Process(target=dying_at, args=(moment, directory))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -signal.SIGKILL
    assert [path.name for path in directory.glob("*")] == left
    with pytest.raises(RuntimeError), replaced_folder(directory):
        raise RuntimeError
    assert [path.name for path in directory.iterdir()] == (left or ["old"])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interruption_between_two_renamings_restores_the_old_folder(
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


def test_a_sealed_folder_is_intact(tmp_path: Path) -> None:
    sealed(tmp_path)
    assert damaged_file(tmp_path) is None


def test_sha256sum_reads_the_seal(tmp_path: Path) -> None:
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
    "a flipped bit": ("a", flip),
    "a flipped bit in a subfolder": ("deep/b c", flip),
    "truncated": ("a", lambda path: path.write_bytes(path.read_bytes()[:-1])),
    "emptied": ("a", lambda path: path.write_bytes(b"")),
    "missing": ("deep/b c", Path.unlink),
    "a missing seal": (SUMS, Path.unlink),
    "an empty seal": (SUMS, lambda path: path.write_bytes(b"")),
    "a seal that is not UTF-8": (SUMS, lambda path: path.write_bytes(b"\xff\xfe")),
}


@pytest.mark.parametrize(("name", "damage"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_found(tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    sealed(tmp_path)
    damage(tmp_path / name)
    assert damaged_file(tmp_path) == tmp_path / name


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), replaced_folder(tmp_path / "out") as folder:
        (folder / "half").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
