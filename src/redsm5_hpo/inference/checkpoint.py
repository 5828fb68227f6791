"""A checkpoint's folder without its weights: the contents of model.json, and whether the folder is whole.

Owns model.json. Weights are in predictor.py, which imports torch; a driver whose workers predict imports only this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import Json, read_json, write_json
from redsm5_hpo.core.folders import damaged_file, seal
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.params import Configuration, TrainingParams
from redsm5_hpo.training.fit_spec import FitSpec

DEFAULT_MODEL = "default"  # the folder of the default configuration's checkpoint, below the selected one's
REMEDY = "dvc repro refit, or dvc checkout dvc.yaml; download a model again that was downloaded"


@dataclass(frozen=True)
class Checkpoint:
    """The contents of model.json.

    Attributes:
        configuration: all values of its fits.
        training: for the precision and the batch size of prediction.
        seeds: of its fits.
        calibration: of the mean of their predictions.
        origin: where the configuration comes from, as the selection recorded it.
        criteria: the definitions that it was fitted with, by label; the order of its keys is the order of labels.
    """

    architecture: Architecture
    configuration: Configuration
    training: TrainingParams
    seeds: tuple[int, ...]
    calibration: Calibration
    origin: dict[str, Json]
    criteria: dict[str, str]


def save_checkpoint(
    directory: Path,
    spec: FitSpec,
    configuration: Configuration,
    seeds: Sequence[int],
    calibration: Calibration,
    origin: dict[str, Json],
    criteria: Mapping[str, str],
) -> None:
    """Write model.json and seal the folder, which holds the weights already; arguments as in Checkpoint."""
    content = {
        "architecture": spec.architecture,
        "configuration": configuration.model_dump(),
        "training": spec.training.model_dump(mode="json"),
        "seeds": list(seeds),
        "prediction": "mean probability of all seeds",
        "calibration": asdict(calibration),
        "origin": origin,
        "criteria": [list(item) for item in criteria.items()],  # sorted keys would lose the order of labels
    }
    write_json(directory / "model.json", content)
    seal(directory)


def load_checkpoint(directory: Path) -> Checkpoint:
    """The checkpoint in a folder; raises HpoError when one of its files is missing or has changed."""
    if damaged := damaged_file(directory):
        what = "has changed since it was written" if damaged.exists() else "does not exist"
        raise HpoError(f"{directory} is not a complete checkpoint", got=f"{damaged} {what}", remedy=REMEDY)
    try:
        found = read_json(directory / "model.json")
        return Checkpoint(
            found["architecture"],
            Configuration.model_validate(found["configuration"]),
            TrainingParams.model_validate(found["training"]),
            tuple(int(seed) for seed in found["seeds"]),  # they name folders: only numbers
            TypeAdapter(Calibration).validate_python(found["calibration"]),
            dict(found["origin"]),
            dict(TypeAdapter(list[tuple[str, str]]).validate_python(found["criteria"])),
        )
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise incomplete_checkpoint(directory, error) from error


def incomplete_checkpoint(directory: Path, error: Exception) -> HpoError:
    """The error for a folder whose content cannot be used."""
    return HpoError(f"{directory} is not a complete checkpoint", got=f"{type(error).__name__}: {error}", remedy=REMEDY)
