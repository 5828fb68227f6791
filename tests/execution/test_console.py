"""The console of a study."""

import threading
from contextlib import suppress
from dataclasses import replace
from io import StringIO
from itertools import count
from pathlib import Path

import pytest

from redsm5_hpo.execution import console as module
from redsm5_hpo.execution.console import Console
from redsm5_hpo.search.records import FoldRecord, TrialRecord
from tests.search.conftest import made


def shown(*records: TrialRecord, kept: tuple[TrialRecord, ...] = (), damaged: tuple[int, ...] = ()) -> list[str]:
    """The lines of a study of four trials whose clock advances 30 seconds per reading."""
    stream, ticks = StringIO(), count(0, 30)
    with Console("hpo_s1@criteria", 4, stream, lambda: float(next(ticks))) as console:
        console.resumed(kept, damaged)
        for record in records:
            console.finished(record)
    return stream.getvalue().splitlines()


LINES = {
    "complete": (
        made(0, 0.5),
        "trial 0, 1/4, complete 0.5000 in epoch 1 of 1, best 0.5000 (trial 0), about 1 min 30 s",
    ),
    "scored once": (made(0, 0.5, best_epoch=3), "complete 0.5000 after 3 epochs, best 0.5000 (trial 0)"),
    "over folds": (
        replace(made(0, 0.5), epochs=made(0, 0.5).epochs * 4, folds=(FoldRecord(0.4, 1), FoldRecord(0.6, 3))),
        "complete 0.5000 on 2 folds, 4 epochs together, best 0.5000 (trial 0)",
    ),
    "pruned": (
        made(0, 0.5, state="pruned", reason="why"),
        "pruned 0.5000 in epoch 1 of 1 (why), about 1 min 30 s left",
    ),
    "failed": (made(0, state="failed", reason="loss nan"), "trial 0, 1/4, failed (loss nan), about 1 min 30 s left"),
}


@pytest.mark.parametrize(("record", "text"), LINES.values(), ids=LINES.keys())
def test_a_finished_trial_is_one_line(record: TrialRecord, text: str) -> None:
    (line,) = shown(record)
    assert line.startswith("hpo_s1@criteria: ")
    assert text in line


def test_of_several_workers_it_is_shown_how_busy_they_are() -> None:
    stream, times = StringIO(), iter([0.0, 0.0, 0.0, 10.0, 10.0, 20.0, 20.0])
    with Console("hpo_s1@criteria", 4, stream, lambda: next(times), workers=2) as console:
        console.started(0)
        console.started(1)
        console.finished(made(0, 0.5))
        console.finished(made(1, 0.5))
    both, one = stream.getvalue().splitlines()
    assert "workers 100 % busy, about 30 s left" in both.replace("%", " %")
    assert "workers 75 % busy, about 20 s left" in one.replace("%", " %")


def test_the_best_trial_so_far_is_shown() -> None:
    assert "best 0.7000 (trial 0)" in shown(made(0, 0.7), made(1, 0.5), made(2, state="failed"))[-1]


def test_the_time_left_is_estimated_from_this_run() -> None:
    assert shown(made(1, 0.5), kept=(made(0, 0.5),))[-1].endswith("about 1 min 00 s left")


def test_kept_and_damaged_trials_are_reported() -> None:
    lines = shown(kept=(made(0, 0.5),), damaged=(3,))
    assert "1 of 4 trials are kept" in lines[0]
    assert "damaged in line 3" in lines[1]


KEPT = {
    "kept": (True, "1 of 4 trials are finished and kept; the same command continues"),
    "in a workspace that DVC deletes": (False, "1 of 4 trials are finished and lost with this temporary workspace"),
}


@pytest.mark.parametrize(("kept", "text"), KEPT.values(), ids=KEPT)
def test_an_interrupted_study_reports_how_many_trials_are_kept(kept: bool, text: str) -> None:
    stream = StringIO()
    with pytest.raises(KeyboardInterrupt), Console("hpo_s1@criteria", 4, stream, kept=kept) as console:
        console.finished(made(0, 0.5))
        raise KeyboardInterrupt
    assert text in stream.getvalue()


def test_a_full_disk_of_the_log_does_not_stop_the_study() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full, Console("hpo_s1@criteria", 4, full) as console:
        console.finished(made(0, 0.5))
        assert console.seconds >= 0
        with suppress(OSError):
            full.close()


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_has_a_progress_bar() -> None:
    terminal = Terminal()
    with Console("hpo_s1@criteria", 4, terminal) as console:
        console.finished(made(0, 0.5))
    assert "| 1/4 [" in terminal.getvalue()
    assert "|" not in shown(made(0, 0.5))[0]


def test_a_log_file_gets_whole_lines_and_no_carriage_returns() -> None:
    log = StringIO()
    with Console("hpo_s1@criteria", 4, log) as console:
        console.finished(made(0, 0.5))
    assert log.getvalue().endswith("\n")
    assert "\r" not in log.getvalue()


def test_the_bar_moves_while_a_trial_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOVE_SECONDS", 0.001)
    terminal, moved = Terminal(), threading.Event()
    with Console("hpo_s1@criteria", 4, terminal) as console:
        monkeypatch.setattr(console._bar, "refresh", moved.set)
        assert moved.wait(timeout=60)
