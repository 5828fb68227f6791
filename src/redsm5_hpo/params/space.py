"""The search space: a range or a list of choices for some of the configuration's values."""

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, model_validator

from redsm5_hpo.params.base import Real, Scalar, Section
from redsm5_hpo.params.configuration import Configuration


class Choices(Section):
    """A categorical dimension of the space."""

    choices: Annotated[tuple[Scalar, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(set(self.choices)) < len(self.choices):
            raise ValueError(f"choices repeat: {list(self.choices)}")
        return self


class Range(Section):
    """A numeric dimension of the space, both ends included."""

    low: Real
    high: Real
    log: bool = False
    integer: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"a log range starts above 0, not at {self.low:g}")
        if self.integer and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError("an integer range has whole ends")
        return self


def _dimension_kind(value: object) -> str:
    return "<choices>" if isinstance(value, Choices) or (isinstance(value, dict) and "choices" in value) else "<range>"


Dimension = Annotated[
    Annotated[Range, Tag("<range>")] | Annotated[Choices, Tag("<choices>")],
    Discriminator(_dimension_kind),
]
Space = dict[str, Dimension]


def space_problems(space: Space) -> list[str]:
    """What is wrong with a space: names that are no configuration value, values that one may not take."""
    return [text for name, dimension in space.items() for text in _dimension_problems(name, dimension)]


def _dimension_problems(name: str, dimension: Range | Choices) -> list[str]:
    field = Configuration.model_fields.get(name)
    if field is None:
        return [f"{name} is no configuration value; known: {', '.join(Configuration.model_fields)}"]
    # pydantic keeps a field's type and its constraints apart; together they validate one value.
    annotation: Any = Annotated[(field.annotation, *field.metadata, None)]
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    problems = []
    whole = field.annotation is int
    if isinstance(dimension, Range) and whole != dimension.integer:
        problems.append(
            f"{name}: takes {'whole' if whole else 'real'} numbers, so its range has integer: {whole}".lower()
        )
    for value in dimension.choices if isinstance(dimension, Choices) else (dimension.low, dimension.high):
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            problems.append(f"{name}: {error.errors()[0]['msg']}, got {value!r}")
    return problems
