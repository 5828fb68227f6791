"""What a trial reports while it runs."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.search.begun_epochs import BegunEpochs
from redsm5_hpo.search.objective import TrialObjective
from redsm5_hpo.search.pruners import MedianEpochPruner
from redsm5_hpo.search.records import TrialRequest
from redsm5_hpo.training.fit_record import EpochRecord
from tests.search.conftest import made
from tests.training.builders import configured, learnable_corpus, spec

PATIENCE = 2
CURVES = {
    "rises to its end": ((0.1, 0.2, 0.3, 0.4), 9.0, [2, 3, 4, 5]),
    "is pruned": ((0.1, 0.2, 0.3), 0.25, [2, 3]),
    "stops early": ((0.3, 0.2, 0.1), 9.0, [2, 3]),
}


def run(begun: BegunEpochs, curve: Sequence[float], limit: float, before: int = 0) -> None:
    """A fit that is pruned where it reaches the limit."""
    should_stop = begun.watched(lambda values: values[-1] > limit, before)
    for epoch in range(1, len(curve) + 1):
        should_stop(curve[:epoch])


@pytest.mark.parametrize(("curve", "limit", "reported"), CURVES.values(), ids=CURVES)
def test_an_epoch_is_reported_once_the_trial_goes_on_to_it(
    curve: tuple[float, ...], limit: float, reported: list[int]
) -> None:
    sent: list[tuple[int, int]] = []
    run(BegunEpochs(4, PATIENCE, lambda number, epochs: sent.append((number, epochs))), curve, limit)
    assert sent == [(4, epoch) for epoch in reported]


def test_a_repeated_fit_reports_no_epoch_twice_and_folds_add_up() -> None:
    sent: list[int] = []
    begun = BegunEpochs(4, PATIENCE, lambda _, epochs: sent.append(epochs))
    run(begun, (0.1, 0.2), 9.0)
    run(begun, (0.1, 0.2), 9.0)
    begun.begin(4)
    run(begun, (0.1, 0.2), 9.0, before=3)
    assert sent == [2, 3, 4, 5, 6]


def test_a_trial_that_nobody_waits_for_is_unchanged() -> None:
    begun = BegunEpochs(4, PATIENCE, None)
    run(begun, (0.1, 0.2, 0.3), 9.0)
    assert begun.checked(made(4, 0.5)) == made(4, 0.5)


def test_a_record_has_the_epochs_that_were_reported_or_is_failed() -> None:
    begun = BegunEpochs(4, PATIENCE, lambda *_: None)
    run(begun, (0.1, 0.2), 9.0)  # epoch 3 has begun
    epochs = (EpochRecord(1.0, 1.0, 0.5, 0.5),) * 3
    assert begun.checked(made(4, 0.5, epochs=epochs)) == made(4, 0.5, epochs=epochs)
    assert begun.checked(made(4, state="failed")) == made(4, state="failed")
    shorter = begun.checked(made(4, 0.5))
    assert (shorter.state, shorter.epochs, shorter.value, shorter.best_epoch) == ("failed", (), None, None)
    assert shorter.reason == "memory ran out in epoch 3; in smaller micro-batches the trial ended after epoch 1"


# The curve to compare with, how often a fold is fitted, and how the trial ends.
ENDS: dict[str, tuple[float, int, str, str]] = {
    "stopped early": (0.0, 0, "complete", "no better epoch"),
    "pruned": (2.0, 0, "pruned", "below the median"),
    "on two folds": (0.0, 2, "complete", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize(("median", "folds", "state", "reason"), ENDS.values(), ids=ENDS)
def test_a_fit_reports_the_epochs_that_its_record_has(
    tiny: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    median: float,
    folds: int,
    state: str,
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, size, first in (("train", 16, 0), ("val", 8, 16)):
        learnable_corpus(size, first).save(tmp_path / name)
    common = spec(tmp_path, "criteria", epochs=8, early_stopping_patience=1)
    assert common.val is not None
    sent: list[tuple[int, int]] = []
    objective = TrialObjective(
        common,
        MedianEpochPruner(1, 1),
        (Fold(common.train, common.val),) * folds,
        report=lambda number, epochs: sent.append((number, epochs)),
    )
    record = objective(TrialRequest(3, {}, configured(tiny["bert"]), 7, ((median,) * 8,)))
    assert (record.state, len(record.folds)) == (state, folds)
    assert reason in record.reason
    assert sent == [(3, epoch) for epoch in range(2 if not folds else 1, len(record.epochs) + 1)]
