"""What a study depends on changes its fingerprint."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.core.files import hash_value, write_text
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params import Choices, Space
from redsm5_hpo.search.storage.fingerprint import CODE, encoders_used, fingerprint
from redsm5_hpo.training.machine import Machine
from tests.search.conftest import DEFAULTS

MACHINE = Machine("cpu", 0, {"one": "weights"}, "a processor", {"torch": "2"})


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, Any]:
    write_text(tmp_path / "train" / "posts.jsonl", "a post\n")
    return {
        "architecture": "criteria",
        "stage": "s1",
        "settings": {"hpo": {"seed": 1}},
        "machine": MACHINE,
        "inputs": {"train": tmp_path / "train"},
    }


CHANGES: dict[str, dict[str, Any]] = {
    "architecture": {"architecture": "share"},
    "stage": {"stage": "s2"},
    "settings": {"settings": {"hpo": {"seed": 2}}},
}


def test_the_timeout_of_a_fit_does_not_count(arguments: dict[str, Any]) -> None:
    limited, free = (
        fingerprint(**{**arguments, "settings": {"training": {"precision": "auto", "fit_timeout_minutes": minutes}}})
        for minutes in (5, None)
    )
    assert limited == free


@pytest.mark.parametrize("section", ["hpo", "max"])
def test_the_order_counts_but_journals_without_one_are_of_the_order_by_number(
    arguments: dict[str, Any], section: str
) -> None:
    before, number, cost = (
        fingerprint(**{**arguments, "settings": {section: {"seed": 1, **order}}})
        for order in ({}, {"order": "number"}, {"order": "cost"})
    )
    assert before == number != cost


def test_the_same_study_has_the_same_fingerprint(arguments: dict[str, Any]) -> None:
    assert hash_value(fingerprint(**arguments)) == hash_value(fingerprint(**arguments))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_another_study_has_another_fingerprint(arguments: dict[str, Any], change: dict[str, Any]) -> None:
    assert fingerprint(**{**arguments, **change}) != fingerprint(**arguments)


def test_other_data_is_another_study(arguments: dict[str, Any], tmp_path: Path) -> None:
    before = fingerprint(**arguments)
    write_text(tmp_path / "train" / "posts.jsonl", "another post\n")
    assert fingerprint(**arguments) != before


CHANGED_MACHINES = {
    "another device": replace(MACHINE, device="cuda"),
    "another processor": replace(MACHINE, model="another processor"),
    "another torch": replace(MACHINE, libraries={"torch": "3"}),
    "other weights": replace(MACHINE, encoders={"one": "other weights"}),
    "another encoder": replace(MACHINE, encoders={"other": "weights"}),
}


@pytest.mark.parametrize("machine", CHANGED_MACHINES.values(), ids=CHANGED_MACHINES.keys())
def test_device_and_encoders_count(arguments: dict[str, Any], machine: Machine) -> None:
    assert fingerprint(**{**arguments, "machine": machine}) != fingerprint(**arguments)


def test_more_of_the_same_gpus_are_the_same_study(arguments: dict[str, Any]) -> None:
    assert fingerprint(**{**arguments, "machine": replace(MACHINE, gpus=4, gpu_bytes=1)}) == fingerprint(**arguments)


def test_a_fits_memory_on_a_gpu_counts(arguments: dict[str, Any]) -> None:
    covers = [
        fingerprint(**{**arguments, "settings": {"training": {"precision": "auto", "gpu_memory_gb": budget}}})
        for budget in (None, 4, 8)
    ]
    assert len({str(each) for each in covers}) == 3


USED: dict[str, tuple[Architecture, str | None, dict[str, tuple[str, ...]], list[str]]] = {
    "one": ("joint", None, {}, ["one"]),
    "two sides": ("joint", "other", {}, ["one", "other"]),
    "those searched": ("joint", None, {"encoder": ("third", "one", "fourth")}, ["fourth", "one", "third"]),
    "those searched for one side": ("joint", "other", {"criteria_encoder": ("third",)}, ["one", "other", "third"]),
    "one side alone": ("share", "other", {}, ["one"]),
}


@pytest.mark.parametrize(("architecture", "criteria", "searched", "names"), USED.values(), ids=USED.keys())
def test_all_encoders_that_trials_may_use_are_named(
    architecture: Architecture, criteria: str | None, searched: dict[str, tuple[str, ...]], names: list[str]
) -> None:
    defaults = DEFAULTS.model_copy(update={"encoder": "one", "criteria_encoder": criteria})
    space: Space = {name: Choices(choices=choices) for name, choices in searched.items()}
    assert encoders_used(architecture, defaults, space) == names


def test_the_code_counts_wherever_it_is(arguments: dict[str, Any]) -> None:
    found = fingerprint(**arguments)
    assert sorted(found["code"]) == sorted(CODE)
    assert not {"execution", "reporting", "selection", "refit", "inference", "evaluation"} & found["code"].keys()
