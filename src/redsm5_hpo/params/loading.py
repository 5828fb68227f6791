"""Reading params.yaml: one error names every problem of the file at once."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from redsm5_hpo.errors import ParamsError, listed
from redsm5_hpo.files import read_yaml_mapping
from redsm5_hpo.params.sections import Params


def load_params(path: Path = Path("params.yaml")) -> Params:
    """The settings in `path`; raises ParamsError naming every problem at once."""
    return parse_params(read_yaml_mapping(path, ParamsError), path)


def parse_params(values: dict[str, Any], path: Path) -> Params:
    """Validated settings from a mapping; `path` only names them in the error."""
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        problems = [_problem(dict(detail)) for detail in error.errors()]
        raise ParamsError(
            f"{path} has {len(problems)} problem(s):{listed(problems)}",
            remedy="mend the file, or the -S/--set-param that changed it; its comments say what is allowed",
        ) from None


def _problem(detail: dict[str, Any]) -> str:
    # The tag of a dimension's kind is part of pydantic's location but not of the user's key.
    key = ".".join(str(part) for part in detail["loc"] if part not in ("<range>", "<choices>"))
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    if detail["type"] == "missing":
        return f"{key}: missing"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return (
        f"{key}: {message}, got {detail['input']!r}" if key and detail["type"] != "value_error" else f"{key}: {message}"
    )
