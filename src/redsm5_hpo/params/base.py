"""What all settings are made of: the frozen section and the common value types.

Floats written as text are floats: `-S x=1e-5` writes `1e-05`, which YAML reads as text.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


def _no_truth_value(value: object) -> object:
    # pydantic reads true as 1.
    if isinstance(value, bool):
        raise PydanticCustomError("truth_value", "Input should be a number")
    return value


Architecture = Literal["criteria", "evidence", "share", "joint"]
Scalar = bool | int | float | str
Real = Annotated[float, BeforeValidator(_no_truth_value)]
Whole = Annotated[int, BeforeValidator(_no_truth_value)]
Share = Annotated[Real, Field(ge=0, le=1)]
Positive = Annotated[Whole, Field(ge=1)]
Seed = Annotated[Whole, Field(ge=0, lt=2**31)]


class Section(BaseModel):
    """A part of params.yaml: immutable, no key that nobody reads, no number that JSON cannot hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
