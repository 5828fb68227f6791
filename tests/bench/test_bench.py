"""The bench runs, on a tiny encoder and a few rows."""

import json

import pytest

import redsm5_hpo.params
import redsm5_hpo.params.maximal
from redsm5_hpo.params import Choices, load_params
from redsm5_hpo.params.maximal import load_maximal
from tests.bench.scripts import called, run


@pytest.fixture
def run_here(tiny, modules, monkeypatch):  # noqa: ARG001
    """As `called`, for a script without an option for the encoder: with a tiny encoder in the settings."""

    def small_params(path):
        params = load_params(path)
        encoder = params.encoder.model_copy(update={"name": str(tiny["bert"]), "max_length": 64, "stride": 16})
        defaults = params.training.defaults.model_copy(update={"frozen_layers": 1})
        training = params.training.model_copy(update={"defaults": defaults})
        return params.model_copy(update={"encoder": encoder, "training": training})

    def small_maximal(path):
        maximal = load_maximal(path)
        small = {
            "encoder": Choices(choices=(str(tiny["bert"]),)),
            "max_length": Choices(choices=(48, 64)),
            "stride": Choices(choices=(8, 16)),
            "frozen_layers": Choices(choices=(0, 1)),
            "reinitialized_layers": Choices(choices=(0, 1)),
        }
        search = maximal.hpo.max.model_copy(update={"space": {**maximal.hpo.max.space, **small}})
        return maximal.model_copy(update={"hpo": maximal.hpo.model_copy(update={"max": search})})

    monkeypatch.setattr(redsm5_hpo.params, "load_params", small_params)
    monkeypatch.setattr(redsm5_hpo.params.maximal, "load_maximal", small_maximal)
    return called


def test_a_comparison_measures_both_sides(sides, compared, tmp_path):
    found = tmp_path / "results.json"
    small = ("--only", "criteria against", "--trials", 2, "--epochs", 1, "--repeats", 1)
    shown = compared("run.py", *sides, *small, "--json", found)
    (row,) = json.loads(found.read_text(encoding="utf-8"))
    assert row["name"] in shown
    assert row["ratio"] == pytest.approx(row["other_s"] / row["ours_s"], abs=0.01)
    assert row["share_of_limit"] == pytest.approx(row["ratio"] / row["limit"], abs=0.01)


def test_the_cost_of_a_study_that_trains_nothing_is_measured():
    small, larger = (json.loads(line) for line in run("trials_scale.py", "--trials", 12, 24).splitlines())
    assert (small["trials"], larger["trials"]) == (12, 24)
    assert small["ms_a_trial_at_the_end"] > 0


def test_both_orders_of_trials_are_simulated_and_timed():
    rows = [json.loads(line) for line in run("order.py", "--seeds", 2, "--trials", 60, "--found", 20).splitlines()]
    busy = {(row["order"], row["w"]): row["busy"] for row in rows if row.get("noise") == 0.05}
    assert set(busy) == {("number", 8), ("number", 16), ("number", 32), ("cost", 8), ("cost", 12), ("cost", 16)}
    assert 0 < busy["number", 8] < busy["cost", 12] <= 1
    assert {row["order"] for row in rows if row.get("ms_a_trial", 0) > 0} == {"number", "cost"}
    assert all(0 < row["best"] < 1 for row in rows if "best" in row)


def test_every_way_to_choose_a_threshold_is_compared_with_the_best_on_the_known_pairs():
    (found,) = (json.loads(line) for line in run("thresholds.py", "--pairs", 20, "--repeats", 2).splitlines())
    assert found.pop("pairs") == 20
    for kind in ("status", "evidence"):
        assert found[f"{kind}/members/best"][1:] == [0.0, 0.0]
        ways = {name.rpartition("/")[2] for name in found if name.startswith(f"{kind}/mean_probability/")}
        assert ways == {"default", "best", "bootstrap_mean", "shrunk", "smoothed", "plug_in"}
    assert all(0 <= f1 <= 1 for f1, _, _ in found.values())


@pytest.mark.usefixtures("server")
def test_random_search_trains_as_many_epochs_as_the_maximal(sides, run_here):
    rows = run_here("maximal_against_random", "criteria", *sides[:2], "--trials", 2, "--epochs", 1, "--seeds", 3)
    search, uniform = (json.loads(line) for line in rows.splitlines())
    assert (search["side"], uniform["side"], search["trials"]) == ("search", "random", {"complete": 2})
    assert uniform["epochs"] == search["epochs"] == 2
    assert search["best_after"][-1] == pytest.approx(search["best"], abs=1e-4)


@pytest.mark.usefixtures("modules")
def test_both_sides_are_scored_on_every_seed(sides):
    found = json.loads(called("quality.py", "criteria", *sides, "--trials", 2))
    assert {side: len(result["scores"]) for side, result in found.items()} == {
        "ours": 2,
        "trainer": 2,
        "trainer_without_pooler": 2,
    }
    assert all(0 <= score <= 1 for result in found.values() for score in result["scores"])


@pytest.mark.usefixtures("server")
def test_a_search_without_pruning_and_early_stopping_trains_every_epoch(sides, run_here):
    small = ("--val-rows", 8, "--trials", 2, 2, 2, "--epochs", 4, 1, 2, "--seeds", 3)
    pruned, whole = (json.loads(line) for line in run_here("pruning", "criteria", *sides[:2], *small).splitlines())
    assert (pruned["side"], whole["side"], whole["share"]) == ("pruned", "whole", 1.0)
    assert pruned["epochs"] <= whole["epochs"] == 14
    assert [len(side["reruns"]) for side in (pruned, whole)] == [5, 5]
    assert 0 < whole["replayed"]["share"] <= 1
    assert 0 < whole["replayed"]["best"] <= whole["best"]
