"""The numbers that DVC's tables show."""

import pytest

from redsm5_hpo.reporting.headlines import headlines
from tests.reporting.samples import DETAILS, SELECTION


def test_the_headlines_are_six():
    assert headlines(DETAILS, {**SELECTION, "gain": 0.1}) == {
        "f1_macro": 0.6,
        "interval": "0.500 to 0.700",
        "margin": pytest.approx(0.2),
        "rerun_f1": 0.5,
        "gain": 0.1,
        "selected": "s2-1",
    }


def test_what_few_posts_and_failed_runs_leave_undefined_is_missing():
    shown = headlines({**DETAILS, "intervals": {}}, SELECTION)
    assert {"interval", "gain"} & shown.keys() == set()
    assert len(shown) == 4


def test_a_model_is_over_an_equal_baseline_by_exactly_nothing():
    strongest = {"strongest_baseline": {"name": "guess", "f1_macro": 0.6 + 3e-15}}
    assert headlines({**DETAILS, **strongest}, SELECTION)["margin"] == 0
