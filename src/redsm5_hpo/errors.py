"""The errors a user can meet, and how they are shown.

Owns the wording contract: what is wrong, what was found, what is allowed, what to do about it. Does not decide when
an error is raised; a mistake inside the program is not one of these and keeps its traceback.
"""

import sys
from collections.abc import Callable, Sequence


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


def listed(problems: Sequence[str]) -> str:
    """Problems as an indented list, one a line, in the order given."""
    return "\n" + "\n".join(f"    - {problem}" for problem in problems)


def run_command(main: Callable[[], None]) -> None:
    """Run a command's main function; a user's mistake is printed without a traceback and exits with status 1."""
    try:
        main()
    except HpoError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: finished trials are kept; run the same command again to go on\n")
        sys.exit(130)
