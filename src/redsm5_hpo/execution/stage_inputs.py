"""Whether what a stage of DVC read at its start is still what DVC records at its end.

Owns the comparison. DVC records the settings, code and data of a stage when its command has ended: what is edited
meanwhile would be recorded as if the stage had used it. Does not decide what a stage depends on (dvc.yaml does).
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml

from redsm5_hpo.core.errors import HpoError, listed, run_command
from redsm5_hpo.core.files import Json, hash_files, read_yaml
from redsm5_hpo.core.folders import SUMS
from redsm5_hpo.core.layout import MAXIMAL_PARAMS, PARAMS, RAW

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")


class Inputs(NamedTuple):
    """What dvc.yaml lists for a stage: files and folders, and keys of files of settings."""

    paths: tuple[Path, ...]
    settings: tuple[tuple[Path, str], ...]

    def contents(self) -> dict[str, Json]:
        """Each setting's value, and a hash of each file and folder, by name."""
        files = {path: _settings(path) for path in {path for path, _ in self.settings}}
        values = {f"{key} in {path}": _at(files[path], key) for path, key in self.settings}
        return {**values, **{str(path): _hash(path) for path in self.paths}}


def run_stage(main: Callable[[], None]) -> None:
    """As run_command; under DVC it is also an error when an input of the stage has changed while `main` ran."""
    run_command(main if "DVC_STAGE" not in os.environ else lambda: _checked(main, os.environ["DVC_STAGE"]))


def stage_inputs(address: str) -> Inputs:
    """The inputs of a stage; none for one that is in no pipeline of this project.

    Args:
        address: what DVC calls the stage, such as hpo_s1@joint or maximal/dvc.yaml:hpo_max@joint.
    """
    stage, _, architecture = address.rpartition(":")[2].partition("@")
    # By the stage's name: which pipeline DVC names in the address depends on the folder that DVC was started in.
    pipelines = (_settings(params.with_name("dvc.yaml")).get("stages", {}) for params in (PARAMS, MAXIMAL_PARAMS))
    declared: dict[str, Json] = next((stages[stage] for stages in pipelines if stage in stages), {})
    variables = {**_settings(PARAMS), "item": {"arch": architecture}}
    for each in declared.get("vars", []):
        variables.update(each)
    paths = (_PLACEHOLDER.sub(lambda found: str(_at(variables, found[1])), dep) for dep in declared.get("deps", []))
    keys = [each if isinstance(each, dict) else {str(PARAMS): [each]} for each in declared.get("params", [])]
    return Inputs(
        tuple(map(Path, paths)), tuple((Path(file), key) for each in keys for file in each for key in each[file])
    )


def _checked(main: Callable[[], None], address: str) -> None:
    inputs = stage_inputs(address)
    before = inputs.contents()
    main()
    after = inputs.contents()
    if changed := [name for name, content in before.items() if after[name] != content]:
        raise HpoError(
            f"what {address} reads was changed while it ran, so its results are not recorded",
            got=listed(changed),
            remedy="run `dvc repro` again; finished trials are kept for the settings and the code that they ran with",
        )


def _settings(path: Path) -> dict[str, Json]:
    try:
        value = read_yaml(path)
    except (OSError, ValueError, OverflowError, RecursionError, yaml.YAMLError):
        value = None
    return value if isinstance(value, dict) else {}  # the stage itself says what is wrong with the file


def _at(value: Json, key: str) -> Json:
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _hash(path: Path) -> str:
    # A folder of ours lists its files' checksums; its weights need not be read twice more.
    sealed = RAW not in path.parents and (path / SUMS).exists()
    try:
        return hash_files([path / SUMS if sealed else path])
    except OSError as error:
        return str(error)
