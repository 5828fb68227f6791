"""How numbers are written."""

import pytest

from redsm5_hpo.pages.formats import FILTERS, MISSING, unit


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("score", 0.5, "0.500"),
        ("score", None, MISSING),
        ("signed", 0.25, "+0.250"),
        ("signed", -0.25, "-0.250"),
        ("signed", None, MISSING),
        ("interval", {"low": 0.25, "high": 0.5}, "[0.250, 0.500]"),
        ("interval", None, ""),
        ("p_value", 0.0123, "0.012"),
        ("p_value", 0.0001, "< 0.001"),
        ("p_value", None, MISSING),
        ("duration", 59.4, "59 s"),
        ("duration", 90, "1.5 min"),
        ("duration", 5400, "1.5 h"),
        ("duration", None, MISSING),
        ("plain", 0.000123456, "0.0001235"),
        ("plain", 8, "8"),
        ("plain", "mean", "mean"),
    ],
)
def test_a_value_is_written(name, value, text):
    assert FILTERS[name](value) == text


@pytest.mark.parametrize(("longest", "named"), [(0, "minutes"), (3599, "minutes"), (3600, "hours"), (90000, "hours")])
def test_an_axis_has_the_unit_in_which_its_longest_time_is_written(longest, named):
    name, seconds = unit(longest)
    assert name == named
    assert seconds == {"minutes": 60, "hours": 3600}[named]
