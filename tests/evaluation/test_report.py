"""The content of details.json: worked scores, their intervals, the comparison with baselines, and the selection."""

from dataclasses import replace
from statistics import fmean, stdev

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.evaluation.intervals import Resampling
from redsm5_hpo.evaluation.per_criterion import by_criterion
from redsm5_hpo.evaluation.report import (
    MIN_POSTS,
    Compared,
    default_threshold_score,
    headline,
    result_of_test,
    seed_scores,
    selection_result,
)
from redsm5_hpo.inference.calibration import Calibration, ScoreCalibration
from redsm5_hpo.training.scoring import Prediction, score
from tests.training.builders import example, learnable_corpus

FLAT = {
    "f1_macro": float,
    "accuracy": float,
    "beats_baselines": bool,
    "examples": int,
    "posts": int,
}
TEXT = "i feel sad. awake all night."
SCORED = [example(TEXT, (0, 11), post_id="p1"), example(TEXT, post_id="p1"), example(TEXT, post_id="p2")]
PREDICTIONS = [Prediction(1.0, 1.0, (0, 11)), Prediction(-1.0, -1.0, None), Prediction(1.0, -1.0, None)]
ABSENT = [Prediction(-1.0, -1.0, None)] * 3
RIGHT = [Prediction(1.0, 1.0, (0, 11)), *ABSENT[1:]]
POSTS = MIN_POSTS + 1
MANY = [example(TEXT, *spans, post_id=f"p{post}") for post in range(POSTS) for spans in ([(0, 11)], [])]
GOOD = [Prediction(1.0, 1.0, (0, 11)), Prediction(-1.0, -1.0, None)] * (POSTS - 1) + ABSENT[:2]


def result(architecture="share", scored=SCORED, predictions=PREDICTIONS, default=None, related=None, **baselines):
    criteria = by_criterion(architecture, scored, predictions, 5)
    return result_of_test(
        architecture,
        scored,
        predictions,
        Compared({"majority": ABSENT, **baselines}, default),
        criteria,
        Resampling(1, related or {}),
    )


def test_the_headline_metrics_are_at_the_top_level():
    found = result()
    assert {name: type(found[name]) for name in FLAT} == FLAT


def test_it_has_the_worked_scores():
    found = result()
    # status: F1 of absent 1/1 and 1/2, of present 1/2 and 1/1, both 2/3; all evidence is right
    assert found["f1_macro"] == pytest.approx((2 / 3 + 1) / 2)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert (found["examples"], found["posts"]) == (3, 2)
    assert found["parts"] == pytest.approx({"status_f1_macro": 2 / 3, "evidence_f1": 1, "evidence_exact_match": 1})


PARTS = {
    "criteria": {"status_f1_macro"},
    "evidence": {"evidence_f1", "evidence_exact_match"},
    "share": {"status_f1_macro", "evidence_f1", "evidence_exact_match"},
}


@pytest.mark.parametrize(("architecture", "names"), PARTS.items(), ids=PARTS)
def test_it_leaves_out_what_an_architecture_does_not_predict(architecture, names):
    assert set(result(architecture)["parts"]) == names


def test_every_baseline_has_its_score_its_difference_and_its_p_values():
    absent = [Prediction(-1.0, -1.0, None)] * len(MANY)
    baseline = result(scored=MANY, predictions=GOOD, majority=absent)["baselines"]["majority"]
    assert set(baseline) == {"f1_macro", "difference", "p", "p_holm"}
    assert 0 < baseline["difference"]["low"] < baseline["difference"]["high"]
    assert 0 < baseline["p"] < 0.1


def test_an_interval_contains_its_metric():
    found = result(scored=MANY, predictions=GOOD, majority=GOOD)
    for name in ("f1_macro", "accuracy"):
        assert found["intervals"][name]["low"] <= found[name] <= found["intervals"][name]["high"]


def test_related_posts_count_once_for_intervals_and_p_values():
    twice = [*MANY, *(replace(each, post_id=f"{each.post_id}b") for each in MANY)]
    related = {name: each.post_id for each in MANY for name in (each.post_id, f"{each.post_id}b")}
    absent = [Prediction(-1.0, -1.0, None)] * len(MANY)
    once = result(scored=MANY, predictions=GOOD, majority=absent)
    found = result(scored=twice, predictions=GOOD * 2, related=related, majority=absent * 2)
    assert (found["posts"], once["posts"]) == (2 * POSTS, POSTS)
    assert found["intervals"] == once["intervals"]
    assert found["baselines"] == once["baselines"]


def test_few_posts_have_no_intervals():
    found = result()
    assert found["intervals"] == {}
    assert set(found["baselines"]["majority"]) == {"f1_macro"}


def test_few_posts_beat_no_baseline():
    found = result()
    assert found["beats_baselines"] is False
    assert "above majority 0.533, too few posts for a significance test" in headline(found)


def test_p_values_are_corrected_for_the_number_of_baselines():
    absent = [Prediction(-1.0, -1.0, None)] * len(MANY)
    baselines = result(scored=MANY, predictions=GOOD, majority=absent, again=absent)["baselines"]
    assert {baselines[name]["p_holm"] for name in ("majority", "again")} == {2 * baselines["majority"]["p"]}


def test_the_default_configuration_is_listed_with_the_baselines_and_compared_separately():
    absent = [Prediction(-1.0, -1.0, None)] * len(MANY)
    system = {"architecture": "share", "scored": MANY, "criteria": by_criterion("share", MANY, GOOD, 5)}
    system["resampling"] = Resampling(1)
    worse = result_of_test(predictions=GOOD, compared=Compared({"majority": absent}, absent), **system)
    majority = {name: value for name, value in worse["baselines"]["majority"].items() if name != "p_holm"}
    assert worse["baselines"]["default"] == majority
    assert worse["beats_default"] is (worse["baselines"]["default"]["p"] <= 0.05)
    assert worse["strongest_baseline"]["name"] == "majority"


def test_a_system_that_is_the_default_configuration_does_not_beat_itself():
    found = result(scored=MANY, predictions=GOOD, default=GOOD, majority=[Prediction(-1.0, -1.0, None)] * len(MANY))
    assert found["baselines"]["default"]["f1_macro"] == found["f1_macro"]
    assert found["baselines"]["default"]["p"] == 1.0
    assert found["beats_default"] is False


def test_without_a_model_of_the_default_configuration_nothing_is_said_of_it():
    found = result(scored=MANY, predictions=GOOD, majority=[Prediction(-1.0, -1.0, None)] * len(MANY))
    assert "default" not in found["baselines"]
    assert "beats_default" not in found


def test_the_strongest_baseline_is_named():
    assert result(strong=RIGHT)["strongest_baseline"] == {"name": "strong", "f1_macro": 1.0}


LEARNABLE = examples(learnable_corpus(8, 24), "criteria")


def predicted(*log_odds):
    return [Prediction(value) for value in log_odds]


def test_each_seeds_score_is_that_of_its_predictions_alone():
    by_seed = {1: predicted(*[1.0] * 8, *[-1.0] * 8), 2: predicted(*[1.0, -1.0] * 8)}
    found = seed_scores("criteria", LEARNABLE, by_seed)
    alone = [score("criteria", LEARNABLE, each).f1_macro for each in by_seed.values()]
    assert [found["1"], found["2"]] == alone
    assert (found["mean"], found["std"]) == (fmean(alone), stdev(alone))


def test_one_seed_has_no_spread():
    assert set(seed_scores("criteria", LEARNABLE, {3: predicted(*[1.0] * 16)})) == {"3", "mean"}


def test_the_default_threshold_replaces_the_selected_ones():
    scored = [example("sad day", (0, 3)), example("sad day")]
    predictions = [Prediction(0.5, 0.5, (0, 3)), Prediction(-0.5, -0.5, (0, 3))]
    moved = Calibration(ScoreCalibration(1.0, 0.9), ScoreCalibration(1.0, 0.9)).applied(predictions)
    assert score("share", scored, moved).f1_macro < default_threshold_score("share", scored, moved) == 1.0


def test_the_selections_result_is_copied():
    comparison = {"beats_default": True, "gain": 0.1, "optimism": 0.02}
    origin = {"stop_epoch": 1, "epochs": 3, "value": 0.75, "trial": 3, "stage": "s2", "comparison": comparison}
    assert selection_result(origin) == {"mean": 0.75, "default_is_kept": False, **comparison}
    assert selection_result({**origin, "stage": "default", "trial": None})["default_is_kept"] is True
