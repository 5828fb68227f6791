"""A YAML file that a user wrote, read as one mapping, or an error with the line and column of the problem.

Owns the errors of YAML itself, and the reading of unquoted words as DVC reads them. Does not check keys or values but
for a repeated key.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from redsm5_hpo.core.errors import HpoError

RESTORE = "run from the repository root, or restore the file"


def _as_in_yaml_1_2(tag: str, pattern: re.Pattern[str]) -> re.Pattern[str]:
    if tag == "tag:yaml.org,2002:bool":
        return re.compile("(?:true|True|TRUE|false|False|FALSE)$")
    if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
        return re.compile(f"(?!.*:){pattern.pattern}", pattern.flags)  # no number to the base 60
    return pattern


class _StrictLoader(yaml.SafeLoader):
    """Raises an error for a repeated key of a mapping; YAML would silently use the last one.

    As in YAML 1.2, which DVC reads and writes, NO, on and 12:30:45 are text: `-S key=NO` writes no quotes around it.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML declares no ClassVar)
        first: [(tag, _as_in_yaml_1_2(tag, pattern)) for tag, pattern in resolvers]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise yaml.MarkedYAMLError(problem=f"key {key.value!r} again", problem_mark=key.start_mark)
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def read_yaml_mapping(path: Path, error: type[HpoError], remedy: str = RESTORE) -> dict[str, Any]:
    """The mapping in a YAML file; raises `error` with the remedy when the file has no readable mapping."""
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 (a stricter safe loader)
    except FileNotFoundError:
        raise error(f"{path} does not exist", got=f"current directory {Path.cwd()}", remedy=remedy) from None
    except OSError as problem:
        raise error(
            f"{path} cannot be read", got=problem.strerror or "", allowed="a readable file", remedy=remedy
        ) from None
    # YAML's constructors of dates and numbers raise ValueError and OverflowError: 2024-13-01 looks like a date.
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as problem:
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
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(problem, 'problem', '')}"
