"""Reading params.yaml: one error names all problems of the file."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from redsm5_hpo.core.errors import ParamsError, listed
from redsm5_hpo.core.layout import PARAMS
from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.params.base import Section
from redsm5_hpo.params.sections import Params
from redsm5_hpo.params.suggestions import known_keys, nearest_key, suggestion
from redsm5_hpo.params.yaml_mapping import read_yaml_mapping

_WORDED = {  # instead of pydantic's messages that name Python's types
    "model_type": "Input should be a section of key: value lines",
    "dict_type": "Input should be a section of key: value lines",
    "tuple_type": "Input should be a list",
    "invalid_key": "Keys should be text",
    "string_type": "Input should be text",
}
_SHOWN_CHARACTERS = 80

_Sections = TypeVar("_Sections", bound=Section)


def load_params(path: Path = PARAMS) -> Params:
    """The settings in `path`; raises one ParamsError that names all problems."""
    return parse_params(read_yaml_mapping(path, ParamsError), path)


def parse_params(values: dict[str, Any], path: Path) -> Params:
    """Validated settings from a mapping; `path` is only for the error message."""
    return validated(Params, values, path)


def validated(sections: type[_Sections], values: dict[str, Any], path: Path) -> _Sections:
    """As parse_params, for any file of settings."""
    try:
        return sections.model_validate(values)
    except ValidationError as error:
        details = [dict(detail) for detail in error.errors()]
        problems = [_problem(each, known_keys(sections)) for each in details if not _follows(each, details)]
        raise ParamsError(
            f"{path} has {len(problems)} problem(s):{listed(problems)}",
            remedy="correct the file, or the -S/--set-param that changed it; its comments list the allowed values",
        ) from None


def known_architecture(name: str) -> Architecture:
    """The architecture of this name, an argument of a command line; raises ParamsError for an unknown one."""
    names = tuple(TASKS)
    if name not in names:
        raise ParamsError(
            f"there is no architecture {name!r}", allowed=", ".join(names), remedy=suggestion(name, names)
        )
    return name


def _follows(detail: dict[str, Any], others: Sequence[dict[str, Any]]) -> bool:
    """Whether a list is too short only because its values are problems themselves."""
    place = detail["loc"]
    inside = (each["loc"] for each in others if len(each["loc"]) > len(place))
    return detail["type"] == "too_short" and any(each[: len(place)] == place for each in inside)


def _problem(detail: dict[str, Any], known: Collection[str]) -> str:
    # pydantic's location includes the tag of a dimension's type, which is no key of the file.
    keys = [str(part) for part in detail["loc"] if part not in ("<range>", "<choices>", "[key]")]
    key = ".".join(keys)
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key{nearest_key(key, known)}"
    if detail["type"] == "missing":
        return f"{key}: missing"
    message = _WORDED.get(detail["type"], str(detail["msg"]).removeprefix("Value error, "))
    message += _quoting(detail, keys)
    return f"{key}: {message}{_got(detail) if key and detail['type'] != 'value_error' else ''}"


def _quoting(detail: dict[str, Any], keys: Sequence[str]) -> str:
    """How to write text that YAML reads as another value; empty where that is not the problem."""
    if detail["type"] != "string_type" or isinstance(detail["input"], (list, dict)):
        return ""
    # The text as it was written is lost: DVC has replaced 2024_01 by 202401.
    *sections, last = keys
    in_list = last.isdecimal()
    name, value = ".".join(sections if in_list else keys), "['2024_01']" if in_list else "'2024_01'"
    return f'; text that YAML reads as a number, a date or a truth value needs quotes, as in -S "{name}={value}"'


def _got(detail: dict[str, Any]) -> str:
    text = repr(detail["input"])
    return f", got {text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + '...'}"
