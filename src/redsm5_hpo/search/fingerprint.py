"""What a study depends on, as a value: a journal is resumed only by a study that depends on the same.

Owns the list of dependencies: data, the stage before, settings, encoder, code, library versions and the device, since
trials of different hardware differ in their last digits and do not belong in one study.
"""

from importlib.metadata import version
from pathlib import Path

import redsm5_hpo
from redsm5_hpo.files import Json, hash_files
from redsm5_hpo.modeling import encoders
from redsm5_hpo.params import EncoderParams
from redsm5_hpo.training.device import choose_compute

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
_LIBRARIES = ("numpy", "optuna", "scipy", "tokenizers", "torch", "transformers")


def fingerprint(
    architecture: str, stage: str, settings: dict[str, Json], encoder: EncoderParams, inputs: dict[str, Path]
) -> dict[str, Json]:
    """Everything a study depends on; `settings` are those its stage reads, `inputs` the folders, by name."""
    package = Path(redsm5_hpo.__file__).parent
    names = sorted({encoder.name, encoder.criteria_name or encoder.name})
    return {
        "architecture": architecture,
        "stage": stage,
        "settings": settings,
        "encoders": {name: encoders.fingerprint(name) for name in names},
        "inputs": {name: hash_files([folder]) for name, folder in inputs.items()},
        "code": hash_files([package / part for part in _CODE]),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "device": str(choose_compute("auto")),
    }
