"""Where the numbers of a page come from: settings, commit, versions, and how to cite the software.

Owns what is listed. The versions are those of the environment that writes the page.
"""

import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import Json
from redsm5_hpo.core.layout import PARAMS
from redsm5_hpo.params import read_yaml_mapping

CITATION = Path("CITATION.cff")
_PACKAGES = ("redsm5-hpo", "torch", "transformers", "optuna", "scikit-learn", "numpy", "dvc", "dvclive")


def settings(path: Path = PARAMS) -> list[tuple[str, str]]:
    """Every setting by its dotted key, as `dvc exp run --set-param` names it."""
    return list(_flat(read_yaml_mapping(path, HpoError), ""))


def versions() -> list[tuple[str, str]]:
    """Python and the packages that compute the numbers."""
    return [("Python", platform.python_version()), *((name, _version(name)) for name in _PACKAGES)]


def commit() -> str:
    """The commit of the working directory, with "-dirty" where tracked files have changed; empty outside git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (git, no argument of a user)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def citation(path: Path = CITATION) -> dict[str, Json]:
    """The fields of CITATION.cff."""
    return read_yaml_mapping(path, HpoError)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _flat(value: Json, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, below in value.items():
            yield from _flat(below, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        yield key, ", ".join(map(_as_in_yaml, value))
    else:
        yield key, _as_in_yaml(value)


def _as_in_yaml(value: Json) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
