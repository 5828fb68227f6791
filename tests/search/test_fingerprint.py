"""What a study depends on changes its fingerprint."""

from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.files import hash_value, write_text
from redsm5_hpo.params import Params
from redsm5_hpo.search.fingerprint import fingerprint


@pytest.fixture
def arguments(params: Params, tmp_path: Path) -> dict[str, Any]:
    write_text(tmp_path / "train" / "posts.jsonl", "a post\n")
    return {
        "architecture": "criteria",
        "stage": "s1",
        "settings": {"hpo": {"seed": 1}},
        "encoder": params.encoder,
        "inputs": {"train": tmp_path / "train"},
    }


CHANGES: dict[str, dict[str, Any]] = {
    "architecture": {"architecture": "share"},
    "stage": {"stage": "s2"},
    "settings": {"settings": {"hpo": {"seed": 2}}},
}


def test_the_same_study_has_the_same_fingerprint(arguments: dict[str, Any]) -> None:
    assert hash_value(fingerprint(**arguments)) == hash_value(fingerprint(**arguments))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_another_study_has_another_fingerprint(arguments: dict[str, Any], change: dict[str, Any]) -> None:
    assert fingerprint(**{**arguments, **change}) != fingerprint(**arguments)


def test_other_data_is_another_study(arguments: dict[str, Any], tmp_path: Path) -> None:
    before = fingerprint(**arguments)
    write_text(tmp_path / "train" / "posts.jsonl", "another post\n")
    assert fingerprint(**arguments) != before


def test_both_encoders_count(arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redsm5_hpo.modeling.encoders.fingerprint", lambda name: f"weights of {name}")
    encoder = arguments["encoder"].model_copy(update={"name": "one", "criteria_name": "other"})
    found = fingerprint(**{**arguments, "encoder": encoder})["encoders"]
    assert found == {"one": "weights of one", "other": "weights of other"}
