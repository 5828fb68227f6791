"""The frozen section and the value types of all settings.

Text is accepted for a float: `-S x=1e-5` writes `1e-05`, which YAML reads as text.
"""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


def _no_boolean(value: object) -> object:
    # pydantic reads true as 1.
    if isinstance(value, bool):
        raise PydanticCustomError("boolean", "Input should be a number")
    return value


def _one_of_these(value: object) -> object:
    # pydantic reports what a value is not once for each of the four.
    if not isinstance(value, bool | int | float | str):
        raise PydanticCustomError("scalar", "Input should be text, a number, true or false")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "Input should be a finite number")
    return value


Order = Literal["number", "cost"]  # of trials
Scalar = Annotated[bool | int | float | str, BeforeValidator(_one_of_these)]
Real = Annotated[float, BeforeValidator(_no_boolean)]
Whole = Annotated[int, BeforeValidator(_no_boolean)]
Share = Annotated[Real, Field(ge=0, le=1)]
Positive = Annotated[Whole, Field(ge=1)]
Seed = Annotated[Whole, Field(ge=0, lt=2**31)]


class Section(BaseModel):
    """A section of params.yaml: immutable, without unknown keys, NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
