"""The search space as numbers: points of the unit cube, and values on its bounds.

Owns the mapping between a dimension of the settings and a position in [0, 1], linear or logarithmic. Does not choose
points and does not know Optuna.
"""

import math
from collections.abc import Sequence

from redsm5_hpo.params import Choices, Range, Scalar, Space
from redsm5_hpo.search.records import Values

_BOUND_SHARE = 0.01  # of a range's width: nearer to a bound than this counts as on it


def from_unit_cube(space: Space, point: Sequence[float]) -> Values:
    """The values at a point of the unit cube, whose coordinates belong to the space's names in sorted order."""
    return {name: _value_at(space[name], position) for name, position in zip(sorted(space), point, strict=True)}


def outside(space: Space, values: Values) -> list[str]:
    """The names of values that the space does not contain, in sorted order."""
    return [name for name in sorted(space) if not _contains(space[name], values[name])]


def bounds_touched(space: Space, values: Values) -> list[str]:
    """The names of values on a bound of their range, or beyond it, in sorted order."""
    return [name for name in sorted(space) if _touches(space[name], values[name])]


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
