"""A YAML file that a user wrote, read as one mapping, or an error with the line and column of the problem.

Owns the errors of YAML itself. Reads as DVC does, with the same library: YAML 1.2, where NO and 12:30:45 are text and
1e-5 and 010 are numbers, and a key that is repeated is an error. Does not check keys or values.
"""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from redsm5_hpo.core.errors import HpoError

RESTORE = "run from the repository root, or restore the file"


def read_yaml_mapping(path: Path, error: type[HpoError], remedy: str = RESTORE) -> dict[str, Any]:
    """The mapping in a YAML file; raises `error` with the remedy when the file has no readable mapping."""
    try:
        value = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error(f"{path} does not exist", got=f"current directory {Path.cwd()}", remedy=remedy) from None
    except OSError as problem:
        raise error(
            f"{path} cannot be read", got=problem.strerror or "", allowed="a readable file", remedy=remedy
        ) from None
    # YAML's constructors of dates and numbers raise ValueError and OverflowError: 2024-13-01 looks like a date.
    except (YAMLError, ValueError, OverflowError, RecursionError) as problem:
        raise error(
            f"{path} is not YAML in UTF-8",
            got=_position(problem),
            allowed="key: value lines, indented by spaces, each key once in its section",
            remedy=f"correct the file there, or {RESTORE}",
        ) from None
    if not isinstance(value, dict):
        got = "nothing" if value is None else f"one {type(value).__name__}"
        raise error(f"{path} is no mapping", got=got, allowed="key: value lines", remedy=remedy)
    return value


def _position(problem: Exception) -> str:
    mark = getattr(problem, "problem_mark", None)
    if mark is None:
        return str(problem)
    what = str(getattr(problem, "problem", "")).partition(" with value ")[0]  # of a key that is repeated
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}"
