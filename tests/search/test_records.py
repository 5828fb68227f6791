"""Trial records: canonical, and ranked without pruned ones."""

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import json_line
from redsm5_hpo.search.records import TrialRecord, best_trial, ranked
from tests.search.conftest import made

CASES = {
    "complete": made(3, 0.25),
    "pruned": made(0, 0.1, state="pruned", reason="below the median after epoch 1"),
    "failed": made(1, state="failed", reason="training loss nan"),
    "infeasible": made(2, state="infeasible", reason="out of memory"),
    "whole numbers and words": made(4, 1.0, params={"batch_size": 8, "pooling": "mean", "dropout": 0.0}),
}


@pytest.mark.parametrize("record", CASES.values(), ids=CASES.keys())
def test_record_survives_its_json(record: TrialRecord) -> None:
    line = json_line(record.to_json())
    assert TrialRecord.from_json(record.to_json()) == record
    assert json_line(TrialRecord.from_json(record.to_json()).to_json()) == line


def test_best_trial_has_the_highest_value() -> None:
    assert best_trial([made(0, 0.2), made(1, 0.4), made(2, 0.3)]).number == 1


def test_the_lower_number_wins_a_tie() -> None:
    assert [record.number for record in ranked([made(2, 0.4), made(1, 0.4), made(0, 0.1)])] == [1, 2, 0]


def test_a_pruned_trial_never_wins() -> None:
    assert best_trial([made(0, 0.2), made(1, 0.9, state="pruned")]).number == 0


def test_no_complete_trial_is_an_error_that_names_the_commonest_reasons() -> None:
    lost = [made(number, state="failed", reason="training loss nan") for number in range(3)]
    with pytest.raises(StudyError, match="none of 4 trials completed") as caught:
        best_trial([*lost, made(3, state="infeasible", reason="out of memory")])
    assert "3 x failed: training loss nan; 1 x infeasible: out of memory" in str(caught.value)
