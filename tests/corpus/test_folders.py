"""Folders that are replaced whole."""

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
