"""Error messages, and how a command ends."""

import os
import signal

import pytest

from redsm5_hpo.core.errors import (
    CorpusError,
    EncoderError,
    HpoError,
    ParamsError,
    SanityError,
    StudyError,
    listed,
    run_command,
)


def raising(error):
    def main():
        raise error

    return main


def test_a_message_has_what_got_allowed_and_remedy_in_this_order():
    error = HpoError("the wheel is square", got="4 corners", allowed="none", remedy="sand it")
    assert str(error) == "the wheel is square\n  got: 4 corners\n  allowed: none\n  remedy: sand it"


def test_an_empty_part_of_a_message_has_no_line():
    assert str(HpoError("the wheel is square", remedy="sand it")) == "the wheel is square\n  remedy: sand it"


def test_an_error_has_the_parts_of_its_message():
    error = ParamsError("a", got="b", allowed="c", remedy="d")
    assert (error.what, error.got, error.allowed, error.remedy) == ("a", "b", "c", "d")


def test_problems_are_listed_one_per_line_in_their_order():
    assert listed(["b", "a"]) == "\n    - b\n    - a"


@pytest.mark.parametrize("kind", [HpoError, ParamsError, CorpusError, EncoderError, SanityError, StudyError])
def test_an_hpo_error_exits_with_1_and_no_traceback(kind, capsys):
    with pytest.raises(SystemExit) as exit_:
        run_command(raising(kind("the wheel is square", remedy="sand it")))
    assert exit_.value.code == 1
    assert capsys.readouterr() == ("", "error: the wheel is square\n  remedy: sand it\n")


def test_an_interrupt_exits_with_130_and_no_traceback(capsys):
    with pytest.raises(SystemExit) as exit_:
        run_command(raising(KeyboardInterrupt()))
    assert exit_.value.code == 130
    assert capsys.readouterr().err.startswith("interrupted: ")


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_command_cleans_up_after_a_signal_and_names_it(number, capsys):
    cleaned = []

    def main():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)  # a second signal does not interrupt the cleanup
            cleaned.append(True)

    with pytest.raises(SystemExit) as exit_:
        run_command(main)
    assert exit_.value.code == 128 + number
    assert cleaned == [True]
    assert capsys.readouterr().err == f"interrupted by {number.name}: the same command continues from here\n"


def test_an_interrupted_command_names_the_one_that_continues(capsys):
    with pytest.raises(SystemExit):
        run_command(raising(KeyboardInterrupt()), "`dvc repro`")
    assert capsys.readouterr().err == "interrupted: `dvc repro` continues from here\n"


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_an_ignored_signal_stays_ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        run_command(lambda: os.kill(os.getpid(), number))
    finally:
        signal.signal(number, before)


def test_the_signal_handlers_are_restored():
    before = [signal.getsignal(number) for number in SIGNALS]
    run_command(lambda: None)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError()))


def test_a_successful_command_prints_nothing_and_does_not_exit(capsys):
    run_command(lambda: None)
    assert capsys.readouterr() == ("", "")
