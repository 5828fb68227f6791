"""The errors of users, how they are shown, and how a command ends.

Owns the form of a message: what is wrong, what was found, what is allowed, what to do about it. Does not decide when
an error is raised. A bug in the program is none of these errors and keeps its traceback.
"""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType


class HpoError(Exception):
    """An error that the user can correct.

    Attributes:
        what: what is wrong, in one sentence.
        got: what was found; empty where `what` names it.
        allowed: what is accepted.
        remedy: what to do next.
    """

    def __init__(self, what: str, *, got: str = "", allowed: str = "", remedy: str = "") -> None:
        self.what, self.got, self.allowed, self.remedy = what, got, allowed, remedy
        labeled = (("got", got), ("allowed", allowed), ("remedy", remedy))
        super().__init__("\n".join([what, *(f"  {label}: {text}" for label, text in labeled if text)]))


class ParamsError(HpoError):
    """params.yaml has a problem."""


class CorpusError(HpoError):
    """A raw corpus, or a file made from it, cannot be used."""


class EncoderError(HpoError):
    """An encoder cannot be found or may not be loaded."""


class SanityError(HpoError):
    """The sanity search shows that training fails on this corpus."""


class StudyError(HpoError):
    """A study cannot run, or it failed."""


class StorageError(HpoError):
    """A file cannot be written."""


class EndedError(KeyboardInterrupt):
    """A signal ends the command. It is raised once, so that a second signal does not interrupt the cleanup."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{signal.Signals(number).name}")
        self.number = number


def listed(problems: Sequence[str]) -> str:
    """The problems as an indented list, one per line, in the given order."""
    return "\n" + "\n".join(f"    - {problem}" for problem in problems)


def run_command(main: Callable[[], None], again: str = "the same command") -> None:
    """Run a command's main function; an HpoError is printed without a traceback and exits with status 1.

    After a signal that ends a program (Ctrl-C, `kill`, a closed terminal) the command cleans up, and finished results
    are on the disk; `again` names the command that continues. The exit status is 128 plus the signal's number, as in a
    shell.
    """
    try:
        with _signals_raise():
            main()
    except HpoError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt as end:
        sys.stderr.write(f"interrupted{f' by {end}' if str(end) else ''}: {again} continues from here\n")
        sys.exit(128 + getattr(end, "number", signal.SIGINT))


@contextmanager
def _signals_raise() -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise EndedError(number)

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # An ignored signal stays ignored: nohup ignores SIGHUP, a shell script SIGINT for its background commands.
    before = {each: signal.getsignal(each) for each in signals if signal.getsignal(each) is not signal.SIG_IGN}
    try:
        for each in before:
            signal.signal(each, end)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
