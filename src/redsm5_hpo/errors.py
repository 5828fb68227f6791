"""The errors a user can meet, how they are shown, and how a command ends.

Owns the wording contract: what is wrong, what was found, what is allowed, what to do about it. Does not decide when
an error is raised; a mistake inside the program is not one of these and keeps its traceback.
"""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType


class HpoError(Exception):
    """A mistake that the user can mend.

    Attributes:
        what: what is wrong, in one sentence.
        got: what was found; empty where `what` already says it.
        allowed: what would have been accepted.
        remedy: what to do next.
    """

    def __init__(self, what: str, *, got: str = "", allowed: str = "", remedy: str = "") -> None:
        self.what, self.got, self.allowed, self.remedy = what, got, allowed, remedy
        labelled = (("got", got), ("allowed", allowed), ("remedy", remedy))
        super().__init__("\n".join([what, *(f"  {label}: {text}" for label, text in labelled if text)]))


class ParamsError(HpoError):
    """params.yaml does not say what the project can do."""


class CorpusError(HpoError):
    """A raw corpus, or a file made from it, cannot be used."""


class EncoderError(HpoError):
    """An encoder cannot be found or may not be loaded."""


class SanityError(HpoError):
    """The sanity search shows that training does not work on this corpus."""


class StudyError(HpoError):
    """A study cannot be run or went wrong."""


class StorageError(HpoError):
    """A file cannot be written."""


class EndedError(KeyboardInterrupt):
    """A signal asks the command to end; raised once, so that what tidies up is left in peace."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{signal.Signals(number).name}")
        self.number = number


def listed(problems: Sequence[str]) -> str:
    """Problems as an indented list, one a line, in the order given."""
    return "\n" + "\n".join(f"    - {problem}" for problem in problems)


def run_command(main: Callable[[], None]) -> None:
    """Run a command's main function; a user's mistake is printed without a traceback and exits with status 1.

    The signals that end a program (Ctrl-C, `kill`, a closed terminal) let it put away what it holds; what is finished
    then stands on the disk. The exit status is 128 and the signal's number, as in a shell.
    """
    try:
        with _signals_raise():
            main()
    except HpoError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt as end:
        sys.stderr.write(f"interrupted{f' by {end}' if str(end) else ''}: `dvc repro` again goes on from here\n")
        sys.exit(128 + getattr(end, "number", signal.SIGINT))


@contextmanager
def _signals_raise() -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise EndedError(number)

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # What is ignored stays so: nohup ignores SIGHUP, a script SIGINT for what it starts in the background.
    before = {each: signal.getsignal(each) for each in signals if signal.getsignal(each) is not signal.SIG_IGN}
    try:
        for each in before:
            signal.signal(each, end)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
