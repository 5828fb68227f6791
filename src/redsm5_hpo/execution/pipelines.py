"""The stages of dvc.yaml and maximal/dvc.yaml, with their placeholders filled in.

Owns the reading of these files and of the settings that they name. A file that cannot be read is empty here: DVC, or
the stage itself, says what is wrong with it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from redsm5_hpo.core.files import Json
from redsm5_hpo.core.layout import MAXIMAL_PARAMS, PARAMS

MAXIMAL_PIPELINE = MAXIMAL_PARAMS.with_name("dvc.yaml")
PIPELINES = (PARAMS.with_name("dvc.yaml"), MAXIMAL_PIPELINE)
_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")


class Stage(NamedTuple):
    """What dvc.yaml declares for a stage; its settings are keys of files."""

    pipeline: Path
    command: str
    deps: tuple[Path, ...]
    settings: tuple[tuple[Path, str], ...]
    outs: tuple[Path, ...]  # metrics and plots included


def declared_stages() -> dict[str, Stage]:
    """All stages by name, such as hpo_s1@joint, in the order of the files."""
    return dict(found for pipeline in PIPELINES for found in _stages_of(pipeline))


def read_mapping(path: Path) -> dict[str, Json]:
    """A YAML file's mapping; empty for a file that has none."""
    try:
        # Ten times as fast as the loader that is written in Python: dvc.lock has 100 KB.
        value = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, ValueError, OverflowError, RecursionError, yaml.YAMLError):
        value = None
    return value if isinstance(value, dict) else {}


def value_at(value: Json, key: str) -> Json:
    """The value at a dotted key; None where there is none."""
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _stages_of(pipeline: Path) -> Iterator[tuple[str, Stage]]:
    settings = read_mapping(pipeline.with_name(PARAMS.name))
    for name, declared in read_mapping(pipeline).get("stages", {}).items():
        if "matrix" not in declared:
            yield name, _stage(pipeline, declared, settings)
            continue
        for architecture in settings.get("architectures") or ():
            yield f"{name}@{architecture}", _stage(pipeline, declared, {**settings, "item": {"arch": architecture}})


def _stage(pipeline: Path, declared: Mapping[str, Json], settings: dict[str, Json]) -> Stage:
    variables = dict(settings)
    for each in declared.get("vars", []):
        variables.update(each)

    def filled(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: str(value_at(variables, found[1])), text)

    keys = [each if isinstance(each, dict) else {str(PARAMS): [each]} for each in declared.get("params", [])]
    outs = [out for kind in ("outs", "metrics", "plots") for out in declared.get(kind, [])]
    return Stage(
        pipeline,
        filled(declared["cmd"]),
        tuple(Path(filled(dep)) for dep in declared.get("deps", [])),
        tuple((Path(file), key) for each in keys for file in each for key in each[file]),
        tuple(Path(filled(out if isinstance(out, str) else next(iter(out)))) for out in outs),
    )
