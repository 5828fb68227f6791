"""What a study depends on, as a value: a journal is resumed only by a study that depends on the same.

Owns the list of dependencies: data, the stage before, settings, encoder, code, library versions and the device, since
trials of different hardware differ in their last digits and do not belong in one study. Code that decides no byte of a
record is left out: an update of it must not cost a night of trials.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import redsm5_hpo
from redsm5_hpo.core.files import Json, hash_files
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params import Choices, Configuration, Space
from redsm5_hpo.training.machine import Machine

CODE = ("core", "corpus", "modeling", "params", "search", "training")
_OF_THE_DRIVER = ("numpy", "optuna", "scipy")  # which samples


def fingerprint(
    architecture: Architecture,
    stage: str,
    settings: dict[str, Json],
    machine: Machine,
    inputs: dict[str, Path],
    code: Sequence[str] = CODE,
) -> dict[str, Json]:
    """Everything a study depends on.

    Args:
        settings: those that the stage reads.
        machine: where workers compute.
        inputs: the folders that the stage reads, by name.
        code: the packages that decide its records.
    """
    package = Path(redsm5_hpo.__file__).parent
    return {
        "architecture": architecture,
        "stage": stage,
        "settings": _deciding(settings),
        "encoders": dict(machine.encoders),
        "inputs": {name: hash_files([folder]) for name, folder in inputs.items()},
        "code": {part: hash_files([package / part], relative_to=package) for part in code},
        "libraries": {**{name: version(name) for name in _OF_THE_DRIVER}, **machine.libraries},
        "device": f"{machine.device} {machine.model}".strip(),
    }


def _deciding(settings: dict[str, Json]) -> dict[str, Json]:
    """The settings, section by section, without what `_is_left_out`."""
    return {
        section: {name: value for name, value in values.items() if not _is_left_out(name, value)}
        if isinstance(values, dict)
        else values
        for section, values in settings.items()
    }


def _is_left_out(name: str, value: Json) -> bool:
    # The timeout of a fit may change in the middle of a study: run_study runs again what a shorter one ended. Journals
    # from before there were two orders of trials name none.
    return name == "fit_timeout_minutes" or (name == "order" and value == "number")


def encoders_used(architecture: Architecture, defaults: Configuration, space: Space) -> list[str]:
    """The names of all encoders that an architecture's trials in a space may use, sorted."""
    searched = [space[name] for name in ("encoder", "criteria_encoder") if name in space]
    names = {str(name) for dimension in searched if isinstance(dimension, Choices) for name in dimension.choices}
    return sorted(names.union(defaults.encoder_params.names(architecture)))
