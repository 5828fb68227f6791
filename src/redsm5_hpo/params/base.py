"""What all settings are made of: the frozen section and the common value types.

Floats written as text are floats: `-S x=1e-5` writes `1e-05`, which YAML reads as text.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Architecture = Literal["criteria", "evidence", "share", "joint"]
Scalar = bool | int | float | str
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Section(BaseModel):
    """A part of params.yaml: immutable, and no key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")
