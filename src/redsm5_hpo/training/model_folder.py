"""A fitted model's folder without its weights: what model.json says, and whether the folder is whole.

Owns model.json. How weights are written and read is saving's, which imports torch; a driver that only asks workers
need not.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from redsm5_hpo.corpus.folders import damaged_file, seal
from redsm5_hpo.errors import HpoError
from redsm5_hpo.files import read_json, write_json
from redsm5_hpo.params import Architecture, Configuration, EncoderParams, TrainingParams
from redsm5_hpo.training.decision import Decision
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.winner import Winner

DEFAULT_MODEL = "default"  # the folder below a model's own in which the default configuration's model lies
REMEDY = "dvc repro refit, or dvc checkout dvc.yaml"


@dataclass(frozen=True)
class Description:
    """What a folder holds.

    Attributes:
        architecture: which of the four.
        configuration: the values it was fitted with.
        encoder: as in params.yaml when it was fitted.
        training: precision and batch size of prediction.
        seeds: of its fits.
        decision: how their mean is read.
        origin: where the configuration comes from.
    """

    architecture: Architecture
    configuration: Configuration
    encoder: EncoderParams
    training: TrainingParams
    seeds: tuple[int, ...]
    decision: Decision
    origin: Winner


def save_description(directory: Path, plan: FitPlan, winner: Winner, seeds: Sequence[int]) -> None:
    """Write model.json (what was fitted, how its answers are read, whence its configuration), and seal the folder."""
    description = {
        "architecture": plan.architecture,
        "configuration": winner.configuration.model_dump(),
        "encoder": plan.encoder.model_dump(),
        "training": plan.training.model_dump(mode="json"),
        "seeds": list(seeds),
        "prediction": "mean probability of all seeds",
        "decision": asdict(winner.decision),
        "origin": winner.model_dump(mode="json", exclude={"configuration", "decision"}),
    }
    write_json(directory / "model.json", description)
    seal(directory)


def load_description(directory: Path) -> Description:
    """What the folder holds; raises HpoError when a file of it is missing or is not as it was written."""
    if damaged := damaged_file(directory):
        what = "is not as it was written" if damaged.exists() else "does not exist"
        raise HpoError(f"{directory} holds no whole model", got=f"{damaged} {what}", remedy=REMEDY)
    try:
        found = read_json(directory / "model.json")
        return Description(
            found["architecture"],
            Configuration.model_validate(found["configuration"]),
            EncoderParams.model_validate(found["encoder"]),
            TrainingParams.model_validate(found["training"]),
            tuple(int(seed) for seed in found["seeds"]),  # part of a path: nothing but numbers
            TypeAdapter(Decision).validate_python(found["decision"]),
            Winner.model_validate({**found["origin"], "configuration": found["configuration"]}),
        )
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise no_model(directory, error) from error


def no_model(directory: Path, error: Exception) -> HpoError:
    """The error for a folder whose content cannot be used."""
    return HpoError(f"{directory} holds no whole model", got=f"{type(error).__name__}: {error}", remedy=REMEDY)
