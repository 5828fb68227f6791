"""The selected configuration and the default one as files: selected.yaml and default.yaml of a selection.

Owns their fields, which a refit and a report need. Does not select.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.params import Configuration, read_yaml_mapping

_REMEDY = "run the selection that writes it: `dvc repro`, or `dvc repro maximal/dvc.yaml` for the maximal search"


class SelectedConfiguration(BaseModel):
    """A configuration to refit, and how long it trains.

    Attributes:
        configuration: all values.
        stop_epoch: how many epochs it trains.
        epochs: how many epochs its learning-rate scheduler is made for.
        value: its mean f1_macro over the selection's runs.
        trial: its number in the search; None for the default configuration.
        stage: the search stage it comes from, or "default".
        calibration: the temperatures and thresholds of its predictions.
        comparison: for the report: whether tuning beat the default configuration, by how much, and the search's
            optimism.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    configuration: Configuration
    stop_epoch: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=1)]
    value: float
    trial: int | None
    stage: str
    calibration: Calibration
    comparison: dict[str, float | bool]

    @classmethod
    def load(cls, path: Path) -> "SelectedConfiguration":
        """The configuration in a file; raises StudyError when it cannot be read."""
        try:
            return cls.model_validate(read_yaml_mapping(path, StudyError, _REMEDY))
        except ValidationError as error:
            raise StudyError(f"{path} describes no selected configuration", got=str(error), remedy=_REMEDY) from None
