"""A study that starts over says what has changed."""

import copy
from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.search.storage.changes import changes, starts_over
from redsm5_hpo.search.storage.journal import open_journal
from tests.search.conftest import made

COVERS: dict[str, Any] = {
    "architecture": "criteria",
    "stage": "s1",
    "settings": {"hpo": {"seed": 1, "s1": {"trials": 4, "epochs": 1}}, "training": {"precision": "auto"}},
    "encoders": {"minilm_l6": "weights"},
    "inputs": {"train": "posts", "val": "posts"},
    "code": {"core": "lines", "training": "lines"},
    "libraries": {"torch": "2.13.0"},
    "device": "cpu",
}
# Where the fingerprint changes, the new value (None: it is gone), and what the user is told.
CHANGES: dict[str, tuple[tuple[str, ...], object, list[str]]] = {
    "a setting": (("settings", "hpo", "s1", "epochs"), 2, ["setting hpo.s1.epochs"]),
    "a setting that is gone": (("settings", "training", "precision"), None, ["setting training.precision"]),
    "a new setting": (("settings", "hpo", "folds"), 2, ["setting hpo.folds"]),
    "code": (("code", "training"), "a stray file", ["code of training"]),
    "data": (("inputs", "train"), "other posts", ["input train"]),
    "another encoder": (("encoders",), {"bert_base": "weights"}, ["encoder bert_base", "encoder minilm_l6"]),
    "a library": (("libraries", "torch"), "2.14.0", ["library torch"]),
    "the device": (("device",), "cuda", ["device"]),
}


def changed(path: tuple[str, ...], value: object) -> dict[str, Any]:
    covers = copy.deepcopy(COVERS)
    *parents, name = path
    section: Any = covers
    for parent in parents:
        section = section[parent]
    if value is None:
        del section[name]
    else:
        section[name] = value
    return covers


def begin(root: Path, covers: dict[str, Any], trials: int = 1) -> Path:
    with open_journal(root, covers) as journal:
        for number in range(trials):
            journal.append(made(number, 0.5))
        return journal.path


@pytest.mark.parametrize(("path", "value", "names"), CHANGES.values(), ids=CHANGES)
def test_a_changed_part_is_named(path: tuple[str, ...], value: object, names: list[str]) -> None:
    assert changes(COVERS, changed(path, value)) == names


def test_a_study_beside_a_journal_with_trials_is_told_what_changed(tmp_path: Path) -> None:
    folder = begin(tmp_path, COVERS, trials=3).parent
    (message,) = starts_over(tmp_path, changed(("code", "core"), "other lines"))
    assert message == f"starts over without the 3 trials finished in {folder}, since these changed: code of core"


ALONE: dict[str, tuple[dict[str, Any], int]] = {
    "no trial": (changed(("device",), "cuda"), 0),
    "the same study": (COVERS, 3),
    "another stage": (changed(("stage",), "s2"), 3),
    "another architecture": (changed(("architecture",), "joint"), 3),
}


@pytest.mark.parametrize(("covers", "trials"), ALONE.values(), ids=ALONE)
def test_nothing_is_said_beside(tmp_path: Path, covers: dict[str, Any], trials: int) -> None:
    begin(tmp_path, covers, trials)
    assert starts_over(tmp_path, COVERS) == []


@pytest.mark.parametrize("header", [b"", b"{\n", b"[]\n1\n", b'{"content": 1}\n1\n', b"\xff\xfe\n\n"])
def test_a_damaged_journal_is_passed_over(tmp_path: Path, header: bytes) -> None:
    begin(tmp_path, changed(("device",), "cuda")).write_bytes(header)
    assert starts_over(tmp_path, COVERS) == []


def test_the_journal_with_the_fewest_changes_is_named(tmp_path: Path) -> None:
    begin(tmp_path, {**changed(("device",), "cuda"), "code": {}}, trials=5)
    nearest = begin(tmp_path, changed(("device",), "mps")).parent
    (message,) = starts_over(tmp_path, COVERS)
    assert str(nearest) in message


def test_many_changes_are_counted(tmp_path: Path) -> None:
    begin(tmp_path, {**COVERS, "libraries": {f"library_{number}": "1" for number in range(9)}})
    (message,) = starts_over(tmp_path, COVERS)
    assert message.endswith("library library_5, 4 more")
