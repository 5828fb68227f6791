"""Each check fires in its case and is named."""

import pytest

from redsm5_hpo.core.errors import SanityError
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.searches.sanity import check_sanity
from redsm5_hpo.training.fit_record import EpochRecord
from tests.search.conftest import made

BASELINE = 0.4


def trained(number: int, value: float, *losses: float) -> TrialRecord:
    epochs = tuple(EpochRecord(loss, 1.0, value, value) for loss in losses)
    return made(number, value, epochs=epochs)


FALLS, RISES = trained(0, 0.6, 0.9, 0.5), trained(1, 0.7, 0.5, 0.9)

SANE = {
    "all well": [FALLS],
    "it falls in one of them": [FALLS, RISES],
    "one epoch has nothing to fall from": [made(0, 0.6)],
    "no room for one of them": [FALLS, made(1, state="infeasible", reason="out of memory")],
}


@pytest.mark.parametrize("records", SANE.values(), ids=SANE.keys())
def test_a_sane_search_passes(records: list[TrialRecord]) -> None:
    check_sanity(records, BASELINE)


BROKEN = {
    "training loss never falls": ([RISES], "training loss falls in no trial: trial 1 0.5000 to 0.9000"),
    "training loss stands still": ([trained(2, 0.6, 0.5, 0.5)], "training loss falls in no trial: trial 2"),
    "baseline not beaten": (
        [trained(3, 0.35, 2.0, 1.0)],
        "majority baseline of 0.4000: the best is trial 3 with 0.3500",
    ),
    "baseline only reached": ([trained(3, BASELINE, 2.0, 1.0)], "no trial beats the majority baseline of 0.4000"),
    "diverged": ([FALLS, made(1, state="failed", reason="loss nan")], "a loss is not finite .*: trial 1 (loss nan)"),
    "nothing completed": ([made(0, state="infeasible")], "none of 1 completed"),
}


@pytest.mark.parametrize(("records", "named"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_check_is_named_with_its_numbers(records: list[TrialRecord], named: str) -> None:
    with pytest.raises(SanityError, match="failed 1 of 3 checks") as caught:
        check_sanity(records, BASELINE)
    start, _, end = named.partition(" .*")
    assert start in str(caught.value)
    assert end in str(caught.value)


def test_all_failed_checks_are_named_at_once() -> None:
    with pytest.raises(SanityError, match="failed 3 of 3 checks"):
        check_sanity([trained(0, 0.1, 0.5, 0.9), made(1, state="failed", reason="loss nan")], BASELINE)
