"""The search space: a range or choices for some values of the configuration.

Owns the dimensions and the validation of a space. A dimension with `when` is conditional on values of others. Does not
sample (search does).
"""

from typing import Annotated, Any, Self, get_args

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from redsm5_hpo.params.base import Real, Scalar, Section
from redsm5_hpo.params.configuration import Configuration
from redsm5_hpo.params.suggestions import nearest_key


class Conditional(Section):
    """The condition of a dimension.

    Attributes:
        when: choices of other dimensions; this one is sampled only if all conditions are met.
    """

    when: dict[str, Annotated[tuple[Scalar, ...], Field(min_length=1)]] = Field(default={})


class Choices(Conditional):
    """A categorical dimension."""

    choices: Annotated[tuple[Scalar, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _no_range(cls, values: object) -> object:
        of_range = [name for name in Range.model_fields if name not in Conditional.model_fields]
        if isinstance(values, dict) and (both := [name for name in of_range if name in values]):
            raise ValueError(
                f"has choices and {', '.join(both)}: keep choices, or what makes a range; -S ~KEY removes one"
            )
        return values

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(set(self.choices)) < len(self.choices):
            raise ValueError(f"choices repeat: {list(self.choices)}")
        return self


class Range(Conditional):
    """A numeric dimension; both ends are included."""

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
            raise ValueError("low and high of an integer range are integers")
        return self


def _dimension_kind(value: object) -> str:
    return "<choices>" if isinstance(value, Choices) or (isinstance(value, dict) and "choices" in value) else "<range>"


Dimension = Annotated[
    Annotated[Range, Tag("<range>")] | Annotated[Choices, Tag("<choices>")],
    Discriminator(_dimension_kind),
]
Space = dict[str, Dimension]


def _validated(space: Space) -> Space:
    """The space with choices in the configuration's types: the text "1e-05" and the number 1e-5 are the same value.

    Raises:
        ValueError: for unknown configuration values, invalid choices or ends, and conditions that cannot be met.
    """
    problems = [text for name, dimension in space.items() for text in _dimension_problems(name, dimension)]
    if {"learning_rate", "learning_rate_factor"} <= space.keys():
        problems.append("learning_rate and learning_rate_factor are the same value: search one of them")
    if not problems:  # conditions are compared with choices, so these must be valid
        space = {name: dimension.model_copy(update=_typed_values(name, dimension)) for name, dimension in space.items()}
        problems = [text for name in space for text in _condition_problems(space, name)]
    if problems:
        raise ValueError("; ".join(problems))
    return space


SearchedSpace = Annotated[Space, Field(min_length=1), AfterValidator(_validated)]


def _typed_values(name: str, dimension: Range | Choices) -> dict[str, Any]:
    when = {other: tuple(_typed(other, value) for value in values) for other, values in dimension.when.items()}
    if isinstance(dimension, Range):
        return {"when": when}
    return {"when": when, "choices": tuple(_typed(name, value) for value in dimension.choices)}


def _typed(name: str, value: Scalar) -> Scalar:
    try:
        typed: Scalar = _adapter(name).validate_python(value)
    except (KeyError, ValidationError):
        return value
    return typed


def _adapter(name: str) -> TypeAdapter[Any]:
    """The type of one value of the configuration; raises KeyError for an unknown name."""
    field = Configuration.model_fields[name]
    # pydantic stores a field's type and its constraints separately.
    annotation: Any = Annotated[(field.annotation, *field.metadata, None)]
    return TypeAdapter(annotation, config=ConfigDict(allow_inf_nan=False))


def _condition_problems(space: Space, name: str) -> list[str]:
    problems = []
    for other, values in space[name].when.items():
        dimension = space.get(other)
        if not isinstance(dimension, Choices):
            problems.append(f"{name}: when names {other}, which has no choices in this space")
        elif unknown := [value for value in values if value not in dimension.choices]:
            problems.append(f"{name}: when has {unknown}, which are no choices of {other}")
    if _depends_on(space, name, name, frozenset()):
        problems.append(f"{name}: when leads back to {name}")
    return problems


def _depends_on(space: Space, name: str, target: str, seen: frozenset[str]) -> bool:
    parents = [parent for parent in space[name].when if parent in space and parent not in seen]
    return target in parents or any(_depends_on(space, parent, target, seen | {parent}) for parent in parents)


def _dimension_problems(name: str, dimension: Range | Choices) -> list[str]:
    field = Configuration.model_fields.get(name)
    if field is None:
        near = nearest_key(name, Configuration.model_fields)
        return [f"{name} is no configuration value{near}; known: {', '.join(Configuration.model_fields)}"]
    if isinstance(dimension, Range) and field.annotation is bool:
        return [f"{name}: is true or false, so it has choices and no range"]
    problems = []
    whole = _takes_whole_numbers(field.annotation)
    if isinstance(dimension, Range) and whole != dimension.integer:
        problems.append(
            f"{name}: takes {'whole' if whole else 'real'} numbers, so its range has integer: {whole}".lower()
        )
    for value in dimension.choices if isinstance(dimension, Choices) else (dimension.low, dimension.high):
        try:
            _adapter(name).validate_python(value)
        except ValidationError as error:
            problems.append(f"{name}: {error.errors()[0]['msg']}, got {value!r}")
    if not problems and isinstance(dimension, Choices):
        typed = [_typed(name, value) for value in dimension.choices]
        if len(set(typed)) < len(typed):
            problems.append(f"{name}: choices repeat: {list(dimension.choices)} are {typed}")
    return problems


def _takes_whole_numbers(annotation: object) -> bool:
    # The int of "Annotated[int, ...] | None" is one level down.
    return annotation is int or any(_takes_whole_numbers(part) for part in get_args(annotation))
