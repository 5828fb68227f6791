"""The best trial of a search stage as its file hands it on: best.yaml.

Owns the fields. The next search stage starts from it, and the selection from the epochs that it was made for.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.layout import BEST
from redsm5_hpo.params import Configuration, read_yaml_mapping

REMEDY = "run `dvc repro`, which runs the search stage that writes it"


class BestTrial(BaseModel):
    """A search's best trial.

    Attributes:
        configuration: all values, the defaults included.
        best_epoch: the epoch of its value, counted from 1.
        epochs: how many epochs a trial had at most.
        value: its f1_macro.
        trial: its number.
        stage: the search stage.
        seed: of its fit.
        on_bound: searched values on a bound of the space.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    configuration: Configuration
    best_epoch: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=1)]
    value: float
    trial: int
    stage: str
    seed: int
    on_bound: list[str]


def load_best(folder: Path) -> BestTrial:
    """The best trial of the finished search stage in `folder`; raises StudyError when there is none to be read."""
    path = folder / BEST
    try:
        return BestTrial.model_validate(read_yaml_mapping(path, StudyError, REMEDY))
    except ValidationError as error:
        raise StudyError(f"{path} describes no best trial", got=str(error), remedy=REMEDY) from None
