"""What DVCLive gets."""

from typing import Any

from redsm5_hpo.search.callbacks.dvclive import DvcLiveCallback
from redsm5_hpo.training.fit_record import EpochRecord
from tests.search.conftest import made


class Tracker:
    """Notes what is logged."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    def log_epoch(self, values: dict[str, float]) -> None:
        self.notes.append(values)

    def end_trial(self) -> None:
        self.notes.append("end")


def logged(*records: Any) -> list[Any]:
    tracker = Tracker()
    log = DvcLiveCallback(tracker)  # type: ignore[arg-type]
    for record in records:
        log.recorded(record)
    return tracker.notes


def test_every_epoch_is_logged_and_every_trial_ended() -> None:
    epochs = (EpochRecord(0.9, 0.8, 0.25, 0.5), EpochRecord(0.7, 0.6, 0.75, 0.9))
    first, second, end = logged(made(3, 0.75, epochs=epochs))
    assert first == {
        "trial": 3, "train_loss": 0.9, "loss": 0.8, "f1_macro": 0.25, "accuracy": 0.5, "best_f1_macro": 0.75,
    }  # fmt: skip
    assert (second["f1_macro"], end) == (0.75, "end")


def test_the_best_is_that_of_complete_trials_so_far() -> None:
    records = (made(0, 0.9, state="pruned"), made(1, 0.5), made(2, 0.4), made(3, 0.6))
    best = [note.get("best_f1_macro") for note in logged(*records) if note != "end"]
    assert best == [None, 0.5, 0.5, 0.6]


def test_a_trial_without_epochs_is_ended_too() -> None:
    assert logged(made(0, state="failed")) == ["end"]
