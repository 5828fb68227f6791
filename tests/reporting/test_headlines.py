"""The numbers that DVC's tables show."""

import pytest

from redsm5_hpo.reporting.headlines import headlines
from tests.reporting.samples import DETAILS, SELECTION

STUDIES = [{"epochs": {"trained": 3}}, {"epochs": {"trained": 4}}]


def test_the_headlines_are_six():
    assert headlines(DETAILS, SELECTION, STUDIES) == {
        "f1_macro": 0.6,
        "interval": "0.500 to 0.700",
        "margin": pytest.approx(0.2),
        "rerun_f1": 0.5,
        "selected": "s2-1",
        "epochs": 7,
    }


def test_without_an_interval_the_others_stay():
    assert "interval" not in (shown := headlines({**DETAILS, "intervals": {}}, SELECTION, STUDIES))
    assert len(shown) == 5


def test_a_model_is_over_an_equal_baseline_by_exactly_nothing():
    strongest = {"strongest_baseline": {"name": "guess", "f1_macro": 0.6 + 3e-15}}
    assert headlines({**DETAILS, **strongest}, SELECTION, STUDIES)["margin"] == 0
