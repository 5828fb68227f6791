"""What a study depends on, as a value: a journal is resumed only by a study that depends on the same.

Owns the list of dependencies: data, the stage before, settings, encoder, code, library versions and the device, since
trials of different hardware differ in their last digits and do not belong in one study.
"""

from importlib.metadata import version
from pathlib import Path

import redsm5_hpo
from redsm5_hpo.files import Json, hash_files
from redsm5_hpo.params import Choices, Configuration, EncoderParams, Space
from redsm5_hpo.training.machine import Machine

_CODE = (
    "corpus",
    "errors.py",
    "files.py",
    "modeling",
    "params",
    "search",
    "seeding.py",
    "training",
)
_LIBRARIES = ("numpy", "optuna", "peft", "pytorch_optimizer", "scipy", "tokenizers", "torch", "transformers")


def fingerprint(
    architecture: str, stage: str, settings: dict[str, Json], machine: Machine, inputs: dict[str, Path]
) -> dict[str, Json]:
    """Everything a study depends on; `settings` are those its stage reads, `inputs` the folders, by name."""
    package = Path(redsm5_hpo.__file__).parent
    return {
        "architecture": architecture,
        "stage": stage,
        "settings": _deciding(settings),
        "encoders": dict(machine.encoders),
        "inputs": {name: hash_files([folder]) for name, folder in inputs.items()},
        "code": hash_files([package / part for part in _CODE]),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "device": machine.device,
    }


def _deciding(settings: dict[str, Json]) -> dict[str, Json]:
    """The settings without the time limit, which a study may be given in the middle and keep its trials."""
    kept = {name: value for name, value in settings.get("training", {}).items() if name != "fit_minutes"}
    return {**settings, **({"training": kept} if kept else {})}


def encoders_used(encoder: EncoderParams, defaults: Configuration, space: Space) -> list[str]:
    """The names of all encoders that trials of a space may use, sorted."""
    chosen = encoder.of(defaults)
    names = {chosen.name, chosen.criteria_name or chosen.name}
    searched = space.get("encoder")
    return sorted(names | set(map(str, searched.choices if isinstance(searched, Choices) else ())))
