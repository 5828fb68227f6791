"""Which wrong predictions come first."""

import pytest

from redsm5_hpo.core.files import write_csv
from redsm5_hpo.evaluation.prediction_files import COLUMNS
from redsm5_hpo.pages.confident_errors import confident_errors


def row(post, status, predicted, *, sentence="", status_odds="", span_odds=""):
    return (post, sentence, "MOOD", status, predicted, status_odds, span_odds, "", "", "")


ABSENT = [row("low", 0, 1, status_odds=0.1), row("high", 0, 1, status_odds=3.0)]
PRESENT = [row("near", 1, 0, status_odds=-0.1), row("far", 1, 0, status_odds=-3.0)]


@pytest.mark.parametrize(
    ("rows", "of_a_kind", "expected"),
    [
        pytest.param([row("a", 1, 1, status_odds=9), row("b", 0, 0, status_odds=-9)], 5, [], id="right ones are none"),
        pytest.param(ABSENT, 5, ["high", "low"], id="too high probabilities, the highest first"),
        pytest.param(PRESENT, 5, ["far", "near"], id="too low probabilities, the lowest first"),
        pytest.param([*PRESENT, *ABSENT], 1, ["high", "far"], id="so many of each kind"),
        pytest.param([row("a", 0, 1, sentence="a_2", status_odds=1)], 5, ["a_2"], id="a sentence by its own id"),
        pytest.param([row("a", 0, 1, span_odds=1)], 5, ["a"], id="without a status, by the odds of evidence"),
        pytest.param(
            [row("b", 0, 1, status_odds=1), row("a", 0, 1, status_odds=1)], 5, ["a", "b"], id="equal ones by id"
        ),
    ],
)
def test_errors_are_sorted_by_confidence(tmp_path, rows, of_a_kind, expected):
    write_csv(tmp_path / "predictions.csv", COLUMNS, rows)
    assert [each.example for each in confident_errors(tmp_path / "predictions.csv", of_a_kind)] == expected


@pytest.mark.parametrize(("log_odds", "probability"), [(0.0, 0.5), (1.0986122886681098, 0.75), (-1e9, 0.0), (1e9, 1.0)])
def test_the_probability_is_that_of_the_log_odds(tmp_path, log_odds, probability):
    write_csv(tmp_path / "predictions.csv", COLUMNS, [row("a", 0, 1, status_odds=log_odds)])
    (error,) = confident_errors(tmp_path / "predictions.csv")
    assert error.probability == pytest.approx(probability)
