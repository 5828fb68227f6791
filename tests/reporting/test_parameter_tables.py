"""The tables of the searched parameters' figures."""

import pytest

from redsm5_hpo.reporting.parameter_tables import SearchedStage, parameter_tables
from tests.reporting.samples import SPACE, trials

FEW, MANY = SearchedStage("s1", SPACE, trials(4)), SearchedStage("s2", SPACE, trials(40))


def test_the_stage_with_the_most_complete_trials_is_shown():
    importances, _ = parameter_tables([FEW, MANY])
    assert {row[2:] for row in importances.rows} == {("s2", 38)}


def test_importances_are_sorted_and_the_two_highest_have_their_values_shown():
    importances, parameters = parameter_tables([MANY])
    assert [row[1] for row in importances.rows] == sorted((row[1] for row in importances.rows), reverse=True)
    assert importances.rows[0][0] == "learning_rate"
    assert list(dict.fromkeys(row[0] for row in parameters.rows)) == [1, 2]


def test_too_few_trials_for_importances_are_said_and_learning_rates_shown():
    importances, parameters = parameter_tables([FEW])
    assert importances.rows == [("2 complete trials are too few", 0.0, "s1", 2)]
    assert parameters.rows[0][1] == "log10 learning_rate"


def test_every_trial_with_the_parameter_has_a_point():
    _, parameters = parameter_tables([FEW])
    assert [row[2] for row in parameters.rows if row[0] == 1] == [0, 1, 2, 3]


POSITIONS = {
    "a logarithmic range": ("learning_rate", "log10 learning_rate", -3.0),
    "a range": ("dropout", "dropout", 0.1),
    "named choices": ("pooling", "pooling: 0=cls, 1=mean", 1),
}


@pytest.mark.parametrize(("name", "title", "position"), POSITIONS.values(), ids=POSITIONS)
def test_a_value_stands_on_its_scale(name, title, position):
    _, parameters = parameter_tables([SearchedStage("s1", {name: SPACE[name]}, trials(4))])
    assert parameters.rows[0][1] == title
    assert parameters.rows[0][5] == pytest.approx(position)
