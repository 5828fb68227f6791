"""How long stages will take, from what stages took."""

import pytest
import yaml

from redsm5_hpo.execution.stage_times import FOLDER, StageTime, estimated_seconds, read_times, stage_cost, write_time
from tests.pipeline.definition import PARAMS, STAGES

SETTINGS = {
    "hpo": {"folds": 1, "s0": {"trials": 8, "epochs": 3}, "s2": {"trials": 50, "epochs": 10}},
    "select": {"top_k": 5, "runs": 4},
    "refit": {"seeds": [1, 2, 3]},
}
# Stage, relative cost: 5.5 and the epochs, times 1.4 for pairs, times 1.65 for two encoders.
COSTS = {
    "trials times epochs": ("hpo_s0@criteria", 5.5 + 24),
    "pairs": ("hpo_s0@evidence", 1.4 * (5.5 + 24)),
    "two encoders": ("hpo_s0@joint", 1.4 * 1.65 * (5.5 + 24)),
    "candidates times folds": ("select@criteria", 5.5 + 6 * 4 * 10),
    "two configurations times seeds": ("refit@criteria", 5.5 + 2 * 3 * 10),
    "predictions": ("evaluate@criteria", 5.5 + 4),
    "no fits": ("report@criteria", 5.5),
    "no model": ("prepare", 1.0),
    "missing settings": ("hpo_s1@criteria", None),
    "the maximal search": ("hpo_max@criteria", None),
    "no such architecture": ("hpo_s0@other", None),
}


@pytest.mark.parametrize(("stage", "expected"), COSTS.values(), ids=COSTS)
def test_the_cost_of_a_stage(stage, expected):
    assert stage_cost(stage, SETTINGS) == (expected if expected is None else pytest.approx(expected))


def test_each_stage_of_the_pipeline_has_a_cost():
    names = [f"{name}@joint" if "matrix" in stage else name for name, stage in STAGES.items()]
    assert [name for name in names if stage_cost(name, PARAMS) is None] == []


@pytest.mark.parametrize("trials", ["many", None, [1]])
def test_settings_that_the_stage_refuses_have_no_cost(trials):
    assert stage_cost("hpo_s0@joint", {"hpo": {"folds": 1, "s0": {"trials": trials, "epochs": 1}}}) is None


A, B = StageTime(10.0, 5.0), StageTime(60.0, 15.0)
ESTIMATES = {
    "nothing is known": ({"a@x": 5.0}, {}, None),
    "its own last run": ({"a@x": 5.0}, {"a@x": A, "b@x": B}, 10.0),
    "more trials than in its last run": ({"a@x": 50.0}, {"a@x": A}, 100.0),
    "others of its architecture": ({"c@x": 2.0}, {"a@x": A, "b@x": B, "a@y": StageTime(1.0, 99.0)}, 2 * 70 / 20),
    "others": ({"c@z": 2.0}, {"a@x": A, "a@y": B}, 2 * 70 / 20),
    "one other is not enough": ({"c@z": 2.0}, {"a@x": A}, None),
    "several are added": ({"a@x": 5.0, "b@x": 15.0}, {"a@x": A, "b@x": B}, 70.0),
    "one of them is unknown": ({"a@x": 5.0, "b@y": None}, {"a@x": A, "b@x": B}, None),
    "a stage without a model is like no other": ({"split": 1.0}, {"a@x": A, "b@x": B, "prepare": A}, None),
    "nothing is left": ({}, {}, 0.0),
}


@pytest.mark.parametrize(("costs", "times", "expected"), ESTIMATES.values(), ids=ESTIMATES)
def test_the_estimate(costs, times, expected):
    assert estimated_seconds(costs, times) == expected


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project in which one stage ran."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    write_time("hpo_s0@joint", A)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_what_a_stage_took_is_read_again():
    assert read_times() == {"hpo_s0@joint": A}


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}", '{"cost": 0, "seconds": 1, "settings": ""}'])
def test_a_damaged_file_counts_as_none(project, content):
    (project / FOLDER / "hpo_s0@joint.json").write_text(content)
    assert read_times() == {}


CHANGES = {
    "another encoder": ({"encoder": {"name": "bert_base"}}, {}),
    "another corpus": ({"data": {"source": "redsm5"}}, {}),
    "other trials": ({"hpo": {}}, {"hpo_s0@joint": A}),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_times_with_other_settings_say_nothing(project, change, expected):
    (project / "params.yaml").write_text(yaml.safe_dump({**PARAMS, **change}))
    assert read_times() == expected


@pytest.mark.usefixtures("project")
def test_times_with_another_number_of_workers_say_nothing(monkeypatch):
    monkeypatch.setenv("HPO_WORKERS", "1")
    assert read_times() == {}
