"""What is fitted for good, as files hand it on: best.yaml of a search stage and of the selection.

Owns the fields that a refit needs of it. Does not choose the winner.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from redsm5_hpo.errors import StudyError
from redsm5_hpo.params import Configuration, read_yaml_mapping
from redsm5_hpo.training.decision import Decision

_REMEDY = "run `dvc repro`, which runs the stage that writes it"


class Winner(BaseModel):
    """A configuration, and how long it trains.

    Attributes:
        configuration: all values, the defaults included.
        best_epoch: how many epochs it trains.
        epochs: how many epochs its schedule is made for.
        value: its f1_macro: the best of a trial on val, or the mean over the selection's runs.
        trial: its number in the search; None for the default configuration.
        stage: the search stage it comes from.
        decision: how the answers of its models are read.
        selection: what the selection found, for the report: whether tuning beat the default configuration, by how much,
            and how optimistic the search was.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    configuration: Configuration
    best_epoch: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=1)]
    value: float
    trial: int | None
    stage: str
    decision: Decision = Decision()
    selection: dict[str, float | bool] = {}

    @classmethod
    def load(cls, path: Path) -> "Winner":
        """The winner in a file; raises StudyError when there is none that can be read."""
        try:
            return cls.model_validate(read_yaml_mapping(path, StudyError, _REMEDY))
        except ValidationError as error:
            raise StudyError(f"{path} describes no winner", got=str(error), remedy=_REMEDY) from None
