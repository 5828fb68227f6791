"""Which stages the DVC command that runs this stage was asked for.

Owns the reading of that command, `dvc repro` or `dvc exp run`, from the processes above this one. What it does not
know it does not guess: DVC may have been started by a queue, and options may choose other stages or run those that are
up to date.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import psutil

from redsm5_hpo.execution.stage_process import dvc_process

_COMMANDS = (("repro",), ("exp", "run"), ("experiments", "run"))
# Options that change neither which stages there are nor that those that are up to date are skipped.
_FLAGS = (
    *(("-k", "--keep-going"), ("-q", "--quiet"), ("-v", "--verbose"), ("-i", "--interactive")),
    *(("--pull",), ("--allow-missing",), ("--ignore-errors",), ("--no-commit",), ("--no-run-cache",)),
)
_WITH_VALUE = (("-S", "--set-param"), ("-n", "--name"), ("-m", "--message"))


def running_targets() -> list[str] | None:
    """The targets of the DVC that runs this process; none given is an empty list, None is unknown."""
    try:
        dvc = psutil.Process(dvc_process())
        return targets(dvc.cmdline()) if Path(dvc.cwd()) == Path.cwd() else None
    except (psutil.Error, OSError):
        return None


def targets(command: Sequence[str]) -> list[str] | None:
    """The targets of a DVC command, such as `[".../python", ".../dvc", "repro", "hpo_s1@joint"]`; None if unknown."""
    names = [Path(word).name for word in command]
    arguments = list(command[names.index("dvc") + 1 :]) if "dvc" in names else []
    for words in _COMMANDS:
        if tuple(arguments[: len(words)]) == words:
            return _positional(arguments[len(words) :])
    return None


def _positional(arguments: list[str]) -> list[str] | None:
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("targets", nargs="*")
    for names in _FLAGS:
        parser.add_argument(*names, action="store_true")
    for names in _WITH_VALUE:
        parser.add_argument(*names, action="append")
    try:
        found, unknown = parser.parse_known_intermixed_args(arguments)
    except argparse.ArgumentError:
        return None
    return None if unknown else list(found.targets)
