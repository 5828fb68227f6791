"""Reading params.yaml: one error names every problem of the file at once."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from pydantic import ValidationError

from redsm5_hpo.errors import ParamsError, listed
from redsm5_hpo.params.base import Architecture, Section
from redsm5_hpo.params.mappings import read_yaml_mapping
from redsm5_hpo.params.sections import Params
from redsm5_hpo.params.suggestions import known_keys, nearest_key, suggestion

_WORDED = {  # where pydantic's own words name Python's types
    "model_type": "Input should be a section of key: value lines",
    "dict_type": "Input should be a section of key: value lines",
    "tuple_type": "Input should be a list",
    "invalid_key": "Keys should be text",
}
_SHOWN_CHARACTERS = 80

_Sections = TypeVar("_Sections", bound=Section)


def load_params(path: Path = Path("params.yaml")) -> Params:
    """The settings in `path`; raises ParamsError naming every problem at once."""
    return parse_params(read_yaml_mapping(path, ParamsError), path)


def parse_params(values: dict[str, Any], path: Path) -> Params:
    """Validated settings from a mapping; `path` only names them in the error."""
    return validated(Params, values, path)


def validated(sections: type[_Sections], values: dict[str, Any], path: Path) -> _Sections:
    """As parse_params, for the sections of any file of settings."""
    try:
        return sections.model_validate(values)
    except ValidationError as error:
        problems = [_problem(dict(detail), known_keys(sections)) for detail in error.errors()]
        raise ParamsError(
            f"{path} has {len(problems)} problem(s):{listed(problems)}",
            remedy="mend the file, or the -S/--set-param that changed it; its comments say what is allowed",
        ) from None


def known_architecture(name: str) -> Architecture:
    """The architecture of this name, as a command line gives it; raises ParamsError when there is none."""
    names = get_args(Architecture)
    if name not in names:
        raise ParamsError(
            f"there is no architecture {name!r}", allowed=", ".join(names), remedy=suggestion(name, names)
        )
    return cast(Architecture, name)


def _problem(detail: dict[str, Any], known: Collection[str]) -> str:
    # The tag of a dimension's kind is part of pydantic's location but not of the user's key.
    places = [str(part) for part in detail["loc"] if part not in ("<range>", "<choices>", "[key]")]
    key = ".".join(places)
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key{nearest_key(key, known)}"
    if detail["type"] == "missing":
        return f"{key}: missing"
    message = _WORDED.get(detail["type"], str(detail["msg"]).removeprefix("Value error, "))
    return f"{key}: {message}{_got(detail) if key and detail['type'] != 'value_error' else ''}"


def _got(detail: dict[str, Any]) -> str:
    text = repr(detail["input"])
    return f", got {text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + '...'}"
