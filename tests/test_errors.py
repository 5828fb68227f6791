"""What a user sees of an error, and how a command ends."""

import os
import signal

import pytest

from redsm5_hpo.errors import (
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


def test_an_error_says_what_got_allowed_and_remedy_in_this_order():
    error = HpoError("the wheel is square", got="4 corners", allowed="none", remedy="sand it")
    assert str(error) == "the wheel is square\n  got: 4 corners\n  allowed: none\n  remedy: sand it"


def test_what_is_not_said_takes_no_line():
    assert str(HpoError("the wheel is square", remedy="sand it")) == "the wheel is square\n  remedy: sand it"


def test_an_error_keeps_its_parts():
    error = ParamsError("a", got="b", allowed="c", remedy="d")
    assert (error.what, error.got, error.allowed, error.remedy) == ("a", "b", "c", "d")


def test_problems_are_listed_one_a_line_in_their_order():
    assert listed(["b", "a"]) == "\n    - b\n    - a"


@pytest.mark.parametrize("kind", [HpoError, ParamsError, CorpusError, EncoderError, SanityError, StudyError])
def test_a_users_mistake_exits_with_1_and_no_traceback(kind, capsys):
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
def test_a_signal_lets_the_command_tidy_up_and_is_named(number, capsys):
    tidied = []

    def main():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)  # impatience does not disturb what tidies up
            tidied.append(True)

    with pytest.raises(SystemExit) as exit_:
        run_command(main)
    assert exit_.value.code == 128 + number
    assert tidied == [True]
    assert capsys.readouterr().err == f"interrupted by {number.name}: `dvc repro` again goes on from here\n"


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_an_ignored_signal_stays_ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        run_command(lambda: os.kill(os.getpid(), number))
    finally:
        signal.signal(number, before)


def test_the_handlers_are_those_of_before_afterwards():
    before = [signal.getsignal(number) for number in SIGNALS]
    run_command(lambda: None)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_mistake_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError()))


def test_a_command_that_succeeds_says_nothing_and_does_not_exit(capsys):
    run_command(lambda: None)
    assert capsys.readouterr() == ("", "")
