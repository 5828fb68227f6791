"""When failures are too many."""

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.search.callbacks.failure_guard import FailureGuard
from tests.search.conftest import made

NAN, MEMORY, FINE = ("failed", "loss nan"), ("infeasible", "out of memory"), ("complete", "")
ENDS = {
    "one cause": ([NAN, NAN, NAN], 2),
    "too little memory": ([MEMORY, MEMORY, MEMORY], 2),
    "one cause in other epochs": ([("failed", f"loss {value} in epoch 3") for value in ("nan", "inf", "-inf")], 2),
    "after others": ([FINE, MEMORY, NAN, NAN, NAN, NAN], 4),
    "two causes": ([NAN, MEMORY, NAN, MEMORY, NAN], None),
    "a trial between": ([NAN, NAN, FINE, NAN, NAN], None),
    "reasons of complete trials": ([("complete", "no better epoch")] * 5, None),
}


@pytest.mark.parametrize(("trials", "end"), ENDS.values(), ids=ENDS.keys())
def test_three_failures_of_one_cause_in_a_row_are_too_many(trials: list[tuple[str, str]], end: int | None) -> None:
    storm, ended = FailureGuard(3), None
    for number, (state, reason) in enumerate(trials):
        try:
            storm(made(number, state=state, reason=reason))
        except StudyError as error:
            ended = number
            assert reason in str(error)
            break
    assert ended == end
