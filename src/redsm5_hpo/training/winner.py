"""What a search hands to a refit: best.yaml.

Owns the fields that refit needs of it. Does not choose the winner.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import read_yaml_mapping
from redsm5_hpo.params import Configuration


class Winner(BaseModel):
    """The winning trial of a search stage.

    Attributes:
        configuration: all values, the defaults included.
        best_epoch: how many epochs it trained when it was best.
        epochs: how many epochs its schedule was made for.
        value: its best f1_macro on val.
        trial: its number.
        stage: the search stage it won.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    configuration: Configuration
    best_epoch: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=1)]
    value: float
    trial: int
    stage: str

    @classmethod
    def load(cls, directory: Path) -> "Winner":
        """The winner in a search stage's folder; raises StudyError when there is none that can be read."""
        path = directory / "best.yaml"
        try:
            return cls.model_validate(read_yaml_mapping(path, StudyError))
        except ValidationError as error:
            raise StudyError(
                f"{path} describes no winner", got=str(error), remedy="run its search stage again"
            ) from None
