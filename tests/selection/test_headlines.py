"""The numbers of a search and its selection that DVC's tables show."""

import pytest

from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.selection.comparison import compare
from redsm5_hpo.selection.headlines import headlines
from redsm5_hpo.training.fit_record import EpochRecord

EPOCHS = tuple(EpochRecord(train_loss=1.0, loss=1.0, f1_macro=0.5, accuracy=0.5) for _ in range(3))
TRIALS = (
    TrialRecord(0, "complete", {}, seed=1, epochs=EPOCHS, value=0.5, best_epoch=1),
    TrialRecord(1, "pruned", {}, seed=2, epochs=EPOCHS[:1], value=0.9, best_epoch=1),
    TrialRecord(2, "failed", {}, seed=3),
)


def test_the_headlines_are_eight():
    found = compare({"default": [0.4, 0.42], "s2-0": [0.5, 0.54]}, folds=4)
    assert headlines(TRIALS, found) == {
        "val_f1": 0.5,
        "rerun_f1": pytest.approx(0.52),
        "gain": pytest.approx(0.11),
        "gain_error": pytest.approx(found.gains["s2-0"].standard_error),
        "selected": "s2-0",
        "trials": 3,
        "pruned": 1,
        "epochs": 4,
    }


UNDEFINED = {
    "the default failed": {"default": [0.4, None], "s2-0": [0.5, 0.54]},
    "every candidate of the search failed": {"default": [0.4, 0.42], "s2-0": [None, 0.54]},
}


@pytest.mark.parametrize("values", UNDEFINED.values(), ids=UNDEFINED)
def test_a_gain_that_failed_runs_leave_undefined_is_missing(values):
    shown = headlines(TRIALS, compare(values, folds=4))
    assert {"gain", "gain_error"} & shown.keys() == set()
    assert shown["selected"] == next(name for name, runs in values.items() if None not in runs)
