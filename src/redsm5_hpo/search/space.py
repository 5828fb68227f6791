"""The search space as numbers: points of the unit cube, and values on its bounds.

Owns the mapping between a dimension of the settings and a position in [0, 1], linear or logarithmic, and which
dimensions exist where. Does not choose points and does not know Optuna.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from redsm5_hpo.params import Choices, Range, Scalar, Space
from redsm5_hpo.search.records import Values

_BOUND_SHARE = 0.01  # of a range's width: nearer to a bound than this counts as on it


def drawing_order(space: Space) -> list[str]:
    """The names in sorted order, each after those that its condition names."""
    order: list[str] = []

    def add(name: str) -> None:
        for other in sorted(space[name].when):
            add(other)
        if name not in order:
            order.append(name)

    for name in sorted(space):
        add(name)
    return order


def is_active(dimension: Range | Choices, values: Mapping[str, Scalar | None]) -> bool:
    """Whether a dimension exists beside `values`, which hold nothing for dimensions that do not exist."""
    return all(values.get(other) in allowed for other, allowed in dimension.when.items())


def is_reachable(dimension: Range | Choices, space: Space) -> bool:
    """Whether the choices of a space can meet a dimension's condition."""
    parents = ((space.get(other), allowed) for other, allowed in dimension.when.items())
    return all(isinstance(parent, Choices) and set(parent.choices) & set(allowed) for parent, allowed in parents)


def without_unreachable(space: Space) -> Space:
    """The space without dimensions whose conditions name what it does not have."""
    kept = {name: dimension for name, dimension in space.items() if is_reachable(dimension, space)}
    return kept if len(kept) == len(space) else without_unreachable(kept)


def active_values(space: Space, values: Mapping[str, Any]) -> Values:
    """Of a value for each dimension, those of the dimensions that exist."""
    found: Values = {}
    for name in drawing_order(space):
        if is_active(space[name], found):
            found[name] = values[name]
    return found


def from_unit_cube(space: Space, point: Sequence[float]) -> Values:
    """The values at a point of the unit cube, whose coordinates belong to the space's names in sorted order.

    Coordinates of dimensions that do not exist there go unused.
    """
    return active_values(
        space, {name: _value_at(space[name], position) for name, position in zip(sorted(space), point, strict=True)}
    )


def outside(space: Space, values: Values) -> list[str]:
    """The names of values that the space does not contain, or that are missing or too many, in sorted order."""
    expected = {name for name in space if is_active(space[name], values)}
    strange = [name for name in expected & values.keys() if not _contains(space[name], values[name])]
    return sorted({*strange, *(expected ^ values.keys())})


def told_outside(space: Space, first: Sequence[Values]) -> list[str]:
    """What a user is told of first trials that a space does not contain: TPE cannot place them."""
    names = sorted({name for values in first for name in outside(space, values)})
    told = f"a first trial lies outside the space in {', '.join(names)}; it is tried as it is, and not learned from"
    return [told] if names else []


def bounds_touched(space: Space, values: Values) -> list[str]:
    """The names of values on a bound of their range, or beyond it, in sorted order."""
    return [name for name in sorted(values) if _touches(space[name], values[name])]


def to_scale(dimension: Range, value: float) -> float:
    """The value on the scale on which the range is even."""
    return math.log(value) if dimension.log else value


def from_scale(dimension: Range, scaled: float) -> float:
    """The value at a position of the range's even scale, kept within the range."""
    value = math.exp(scaled) if dimension.log else scaled
    return min(max(value, dimension.low), dimension.high)


def _value_at(dimension: Range | Choices, position: float) -> Scalar:
    if isinstance(dimension, Choices):
        return dimension.choices[min(int(position * len(dimension.choices)), len(dimension.choices) - 1)]
    # Each whole number gets an equal part of the scale, the highest as much as the others.
    end = dimension.high + 1 if dimension.integer else dimension.high
    low, high = to_scale(dimension, dimension.low), to_scale(dimension, end)
    scaled = low + position * (high - low)
    if dimension.integer:
        whole = math.floor(math.exp(scaled) if dimension.log else scaled)
        return int(min(max(whole, dimension.low), dimension.high))
    return from_scale(dimension, scaled)


def _contains(dimension: Range | Choices, value: Scalar) -> bool:
    if isinstance(dimension, Choices):
        return value in dimension.choices
    return isinstance(value, int | float) and dimension.low <= value <= dimension.high


def _touches(dimension: Range | Choices, value: Scalar) -> bool:
    if isinstance(dimension, Choices) or not isinstance(value, int | float):
        return False
    if not _contains(dimension, value):
        return True
    low, high = to_scale(dimension, dimension.low), to_scale(dimension, dimension.high)
    margin = _BOUND_SHARE * (high - low)
    return not low + margin < to_scale(dimension, value) < high - margin
