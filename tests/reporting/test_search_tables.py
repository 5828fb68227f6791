"""The tables of the search's figures."""

import pytest

from redsm5_hpo.params.encoder_ranges import suited_ranges
from redsm5_hpo.reporting.search_tables import budget_table, curve_table, rerun_table, trial_table
from tests.reporting.samples import SELECTION, trial, trials
from tests.training.builders import CONFIGURATION

DEFAULT = {"learning_rate": CONFIGURATION.learning_rate, "dropout": CONFIGURATION.dropout}


def column(table, name):
    return [row[table.columns.index(name)] for row in table.rows]


def test_the_order_goes_on_over_stages_and_the_best_value_starts_again():
    table = trial_table({"s0": [trial(0, 0.5), trial(1, 0.4)], "s1": [trial(0, 0.3), trial(1, 0.6)]}, None)
    assert column(table, "order") == [1, 2, 3, 4]
    assert column(table, "best") == [0.5, 0.5, 0.3, 0.6]


def test_a_pruned_or_failed_trial_is_listed_and_is_never_the_best():
    table = trial_table({"s0": [trial(0, 0.9, state="pruned"), trial(1, state="failed"), trial(2, 0.4)]}, None)
    assert column(table, "state") == ["pruned", "failed", "complete"]
    assert column(table, "value") == [0.9, None, 0.4]
    assert column(table, "best") == [None, None, 0.4]


def test_the_trial_with_the_default_configuration_is_marked():
    records = [trial(0, 0.5, **DEFAULT), trial(1, 0.4, **{**DEFAULT, "learning_rate": 0.5})]
    assert column(trial_table({"s0": records}, CONFIGURATION), "default") == [True, False]


OWN_RATE = suited_ranges(CONFIGURATION.encoder)[0].learning_rate
MEANT = {
    "attention dropout": ("attention_dropout", CONFIGURATION.dropout, 0.4),
    "dropout of heads": ("head_dropout", CONFIGURATION.dropout, 0.4),
    "the criteria encoder": ("criteria_encoder", CONFIGURATION.encoder, "bert_base"),
    "a learning rate that the factor rounds": ("learning_rate_factor", 4.5e-3 / OWN_RATE, 2.0),
}


@pytest.mark.parametrize(("name", "meant", "other"), MEANT.values(), ids=MEANT)
def test_the_default_configuration_is_marked_where_a_trial_sets_what_its_null_means(name, meant, other):
    default = CONFIGURATION.with_values({"learning_rate": 4.5e-3})
    records = [trial(0, 0.5, **{name: meant}), trial(1, 0.4, **{name: other})]
    assert column(trial_table({"max": records}, default), "default") == [True, False]


def test_every_epoch_of_every_trial_is_on_a_curve_and_one_trial_is_the_best():
    table = curve_table(trials(4))
    assert len(table.rows) == sum(len(record.epochs) for record in trials(4))
    assert {row[0] for row in table.rows if row[2]} == {3}


def test_the_budget_has_a_row_for_each_number_of_trials_and_ends_at_the_best():
    table = budget_table(trials(4))
    assert column(table, "trials") == [1, 2, 3, 4]
    assert column(table, "expected")[-1] == pytest.approx(0.33)


def test_reruns_stand_beside_the_value_in_the_search_and_failed_ones_are_listed():
    assert rerun_table(SELECTION).rows == [
        ("default", None, 0.4, pytest.approx(0.38), pytest.approx(0.42), False),
        ("s2-1", 0.55, 0.5, pytest.approx(0.47), pytest.approx(0.53), True),
        ("s2-0", None, None, None, None, False),
    ]
