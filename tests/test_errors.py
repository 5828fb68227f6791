"""What a user sees of an error."""

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


def test_a_mistake_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError()))


def test_a_command_that_succeeds_says_nothing_and_does_not_exit(capsys):
    run_command(lambda: None)
    assert capsys.readouterr() == ("", "")
