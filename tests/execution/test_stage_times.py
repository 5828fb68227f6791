"""How long stages will take, from what stages took."""

import pytest
import yaml

from redsm5_hpo.execution.stage_times import (
    FOLDER,
    StageCost,
    StageTime,
    estimated_seconds,
    read_times,
    stage_cost,
    write_time,
)
from tests.pipeline.definition import PARAMS, STAGES

SETTINGS = {
    "hpo": {"folds": 1, "s0": {"trials": 8, "epochs": 3}, "s2": {"trials": 50, "epochs": 10}},
    "select": {"top_k": 5, "runs": 4},
    "refit": {"seeds": [1, 2, 3]},
}
# Stage, its starts, and its epochs: times 1.4 for pairs, times 1.65 for two encoders.
COSTS = {
    "trials times epochs": ("hpo_s0@criteria", (1, 24)),
    "pairs": ("hpo_s0@evidence", (1, 1.4 * 24)),
    "two encoders": ("hpo_s0@joint", (1, 1.4 * 1.65 * 24)),
    "candidates times folds": ("select@criteria", (1, 6 * 4 * 10)),
    "two configurations times seeds": ("refit@criteria", (1, 2 * 3 * 10)),
    "predictions": ("evaluate@evidence", (1.5, 1.4 * 4)),
    "no fits": ("report@evidence", (0.3, 0)),
    "no model": ("prepare", (1, 0)),
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


def took(seconds, epochs, starts=1.0):
    return StageTime(seconds, StageCost(starts, epochs))


ONE, LONG = StageCost(1.0, 10.0), took(108.0, 10.0)  # 8 s of start, 10 s an epoch
OTHERS = {"a@y": took(9.0, 30.0), "b@y": took(11.0, 60.0), "c@y": took(8.0, 10.0)}
ESTIMATES = {
    "nothing is known": ({"a@x": ONE}, {}, None),
    "its own last run": ({"a@x": ONE}, {"a@x": LONG, "b@x": took(1.0, 10.0)}, 108.0),
    "more trials than in its last run": ({"a@x": StageCost(1.0, 100.0)}, {"a@x": LONG}, 8 + 100 * 10),
    "a short last run": ({"a@x": StageCost(1.0, 100.0)}, {"a@x": took(6.0, 10.0)}, 6.0),
    "others of its architecture": (
        {"c@x": StageCost(1.0, 30.0)},
        {"a@x": took(14.0, 5.0), "b@x": took(24.0, 10.0), **OTHERS},
        4 + 30 * 2,
    ),
    "others of its architecture whose start is long": (
        {"c@x": StageCost(1.0, 4.0)},
        {"a@x": took(115.0, 1.0), "b@x": took(215.0, 2.0), **OTHERS},
        15 + 4 * 100,
    ),
    "a first stage that filled caches": ({"c@x": ONE}, {"a@x": took(20.0, 10.0), "b@x": took(10.0, 90.0)}, 15.0),
    "four others": ({"c@z": StageCost(0.3, 0.0)}, {"a@x": took(12.0, 100.0), **OTHERS}, 0.3 * 8.125),
    "three others that took no time": ({"c@z": ONE}, OTHERS, None),
    "one other that took long": ({"c@z": ONE}, {"a@x": LONG}, 108.0),
    "several are added": ({"a@x": ONE, "b@x": ONE}, {"a@x": LONG, "b@x": took(28.0, 10.0)}, 136.0),
    "one of them is unknown": ({"a@x": ONE, "b@y": None}, {"a@x": LONG, "b@x": LONG}, None),
    "a stage without a model is like no other": ({"split": ONE}, {"a@x": LONG, "b@x": LONG, "prepare": LONG}, None),
    "nothing is left": ({}, {}, 0.0),
}


@pytest.mark.parametrize(("costs", "times", "expected"), ESTIMATES.values(), ids=ESTIMATES)
def test_the_estimate(costs, times, expected):
    assert estimated_seconds(costs, times) == (expected if expected is None else pytest.approx(expected, abs=0.3))


# Seconds of the stages of a run of the demo on two cores with bf16, in its order.
DEMO = {
    "criteria": {"hpo_s0": 13.0, "hpo_s1": 7.3, "hpo_s2": 7.0, "select": 7.1, "refit": 7.0, "evaluate": 13.9},
    "evidence": {"hpo_s0": 16.0, "hpo_s1": 8.4, "hpo_s2": 7.8, "select": 8.3, "refit": 8.5, "evaluate": 9.9},
    "share": {"hpo_s0": 6.3, "hpo_s1": 11.4, "hpo_s2": 11.6, "select": 10.1, "refit": 10.1, "evaluate": 14.8},
    "joint": {"hpo_s0": 8.9, "hpo_s1": 27.0, "hpo_s2": 29.1, "select": 24.0, "refit": 23.9, "evaluate": 16.0},
}


def test_the_first_run_of_the_demo_is_forecast_within_a_third_of_the_truth():
    order = [(stage, architecture) for stage in DEMO["joint"] for architecture in DEMO]
    seconds = {f"{stage}@{architecture}": DEMO[architecture][stage] for stage, architecture in order}
    times, ratios = {}, []
    for done, name in enumerate(seconds):
        left = list(seconds)[done:]
        estimate = estimated_seconds({each: stage_cost(each, PARAMS) for each in left}, times)
        ratios += [] if estimate is None else [estimate / sum(seconds[each] for each in left)]
        times[name] = StageTime(seconds[name], stage_cost(name, PARAMS))
    assert len(ratios) == len(seconds) - 4
    assert 0.6 < min(ratios) < max(ratios) < 1.34


A = LONG


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


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}", '{"epochs": 0, "seconds": 1, "settings": ""}'])
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
