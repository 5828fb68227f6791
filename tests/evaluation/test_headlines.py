"""The numbers of a test evaluation that DVC's tables show."""

from copy import deepcopy

import pytest

from redsm5_hpo.evaluation.headlines import headlines

RESULT = {
    "f1_macro": 0.6,
    "accuracy": 0.7,
    "loss": 0.5,
    "intervals": {"f1_macro": {"low": 0.5, "high": 0.7}, "accuracy": {"low": 0.6, "high": 0.8}},
    "baselines": {
        "guess": {"f1_macro": 0.4, "p": 0.001, "p_holm": 0.002},
        "tfidf_logistic": {"f1_macro": 0.45, "p": 0.01, "p_holm": 0.02},
        "default": {"f1_macro": 0.58, "p": 0.3},
    },
    "strongest_baseline": {"name": "tfidf_logistic", "f1_macro": 0.45},
    "beats_baselines": True,
}


def test_the_headlines_are_ten_numbers():
    assert headlines(RESULT) == {
        "f1_macro": 0.6,
        "f1_low": 0.5,
        "f1_high": 0.7,
        "accuracy": 0.7,
        "loss": 0.5,
        "baseline": 0.45,
        "margin": pytest.approx(0.15),
        "margin_p": 0.02,
        "vs_default": pytest.approx(0.02),
        "beats_all": 1,
    }


def test_without_intervals_and_p_values_the_others_stay():
    few = deepcopy(RESULT) | {"intervals": {}}
    few["baselines"]["tfidf_logistic"] = {"f1_macro": 0.45}
    assert set(RESULT) & set(headlines(few)) == {"f1_macro", "accuracy", "loss"}
    assert set(headlines(RESULT)) - set(headlines(few)) == {"f1_low", "f1_high", "margin_p"}


def test_a_kept_default_is_over_itself_by_exactly_nothing():
    kept = deepcopy(RESULT)
    kept["baselines"]["default"]["f1_macro"] = 0.6 + 3e-15
    assert headlines(kept)["vs_default"] == 0
