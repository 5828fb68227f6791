"""Whether what a stage of DVC read at its start is still what DVC records at its end.

Owns the comparison. DVC records the settings, code and data of a stage when its command has ended: what is edited
meanwhile would be recorded as if the stage had used it. Does not decide what a stage depends on (dvc.yaml does).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from redsm5_hpo.core.errors import HpoError, listed, run_command
from redsm5_hpo.core.files import Json, hash_files
from redsm5_hpo.core.folders import SUMS
from redsm5_hpo.core.layout import MAXIMAL, RAW
from redsm5_hpo.execution.pipelines import MAXIMAL_PIPELINE, declared_stages, read_mapping, value_at
from redsm5_hpo.execution.progress import reported_progress


class Inputs(NamedTuple):
    """What dvc.yaml lists for a stage: files and folders, and keys of files of settings."""

    paths: tuple[Path, ...]
    settings: tuple[tuple[Path, str], ...]

    def contents(self) -> dict[str, Json]:
        """Each setting's value, and a hash of each file and folder, by name."""
        files = {path: read_mapping(path) for path in {path for path, _ in self.settings}}
        values = {f"{key} in {path}": value_at(files[path], key) for path, key in self.settings}
        return {**values, **{str(path): _hash(path) for path in self.paths}}


def run_stage(main: Callable[[], None]) -> None:
    """As run_command; under DVC a line says how far the run is, and an input changed while `main` ran is an error."""
    address = os.environ.get("DVC_STAGE")
    if address is None:
        run_command(main)
    else:
        run_command(lambda: _checked(main, address), again_command(address))


def again_command(address: str) -> str:
    """The command of DVC that runs a stage again, in words for a message; the arguments are those of `stage_inputs`."""
    if "DVC_EXP_BASELINE_REV" in os.environ:  # of `dvc exp run`, to which the experiment's settings belong
        return "the same command"
    stage = address.rpartition(":")[2].partition("@")[0]
    return f"`dvc repro {MAXIMAL_PIPELINE}`" if stage.endswith(f"_{MAXIMAL}") else "`dvc repro`"


def stage_inputs(address: str) -> Inputs:
    """The inputs of a stage; none for one that is in no pipeline of this project.

    Args:
        address: what DVC calls the stage, such as hpo_s1@joint or maximal/dvc.yaml:hpo_max@joint.
    """
    # By the stage's name: which pipeline DVC names in the address depends on the folder that DVC was started in.
    stage = declared_stages().get(address.rpartition(":")[2])
    return Inputs((), ()) if stage is None else Inputs(stage.deps, stage.settings)


def _checked(main: Callable[[], None], address: str) -> None:
    inputs = stage_inputs(address)
    before = inputs.contents()
    with reported_progress(address):
        main()
    after = inputs.contents()
    if changed := [name for name, content in before.items() if after[name] != content]:
        raise HpoError(
            f"what {address} reads was changed while it ran, so its results are not recorded",
            got=listed(changed),
            remedy=f"run {again_command(address)} again; finished trials are kept for the settings and the code that "
            "they ran with",
        )


def _hash(path: Path) -> str:
    # A folder of ours lists its files' checksums; its weights need not be read twice more.
    sealed = RAW not in path.parents and (path / SUMS).exists()
    try:
        return hash_files([path / SUMS if sealed else path])
    except OSError as error:
        return str(error)
