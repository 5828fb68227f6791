"""The search space as numbers: points of the unit cube, and values on its bounds.

Owns the mapping between a dimension and a position in [0, 1], linear or logarithmic, and the conditions of dimensions.
Does not choose points and does not know Optuna.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.params import Choices, Range, Scalar, Space
from redsm5_hpo.search.records import Values

_BOUND_FRACTION = 0.01  # of a range's width: nearer to a bound than this counts as on it


def drawing_order(space: Space) -> list[str]:
    """The names in sorted order, each after the names in its condition."""
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
    """Whether the condition of a dimension is met by `values`, which have no entry for dimensions that do not exist."""
    return all(values.get(other) in allowed for other, allowed in dimension.when.items())


def is_reachable(dimension: Range | Choices, space: Space) -> bool:
    """Whether the choices of a space can meet a dimension's condition."""
    parents = ((space.get(other), allowed) for other, allowed in dimension.when.items())
    return all(isinstance(parent, Choices) and set(parent.choices) & set(allowed) for parent, allowed in parents)


def without_unreachable(space: Space) -> Space:
    """The space without dimensions whose conditions can never be met."""
    kept = {name: dimension for name, dimension in space.items() if is_reachable(dimension, space)}
    return kept if len(kept) == len(space) else without_unreachable(kept)


def read_by(architecture: Architecture, space: Space, criteria_encoder: str | None = None) -> Space:
    """The space without dimensions that the architecture does not read, and those that depend on them.

    With a criteria encoder of its own, be it `criteria_encoder` or one that is searched, joint has no encoders to tie.
    """
    apart = criteria_encoder is not None or "criteria_encoder" in space
    unread = TASKS[architecture].ignored | ({"tie_encoders"} if apart else set())
    return without_unreachable({name: dimension for name, dimension in space.items() if name not in unread})


def active_values(space: Space, values: Mapping[str, Any]) -> Values:
    """The values of the dimensions that exist, given a value for each dimension."""
    found: Values = {}
    for name in drawing_order(space):
        if is_active(space[name], found):
            found[name] = values[name]
    return found


def from_unit_cube(space: Space, point: Sequence[float]) -> Values:
    """The values at a point of the unit cube, which has one coordinate for each name in sorted order.

    Coordinates of dimensions that do not exist there are unused.
    """
    return active_values(
        space, {name: _value_at(space[name], position) for name, position in zip(sorted(space), point, strict=True)}
    )


def outside(space: Space, values: Values) -> list[str]:
    """The names of values outside the space, of missing and of unexpected ones, in sorted order."""
    expected = {name for name in space if is_active(space[name], values)}
    outside_range = [name for name in expected & values.keys() if not _contains(space[name], values[name])]
    return sorted({*outside_range, *(expected ^ values.keys())})


def outside_messages(space: Space, first: Sequence[Values]) -> list[str]:
    """What to tell a user of first trials that a space does not contain, which TPE cannot model."""
    names = sorted({name for values in first for name in outside(space, values)})
    message = f"a first trial is outside the space in {', '.join(names)}: it is tried as it is, and TPE ignores it"
    return [message] if names else []


def bound_messages(space: Space, whole: Space, best: Values) -> list[str]:
    """What to tell a user of a best trial on bounds of a space, which may be narrowed from a whole one."""
    of_whole = bounds_touched(whole, best)
    of_narrowed = [name for name in bounds_touched(space, best) if name not in of_whole]
    named = (
        (of_whole, "the space", "consider widening it"),
        (of_narrowed, "the narrowed space, not of hpo.space,", "hpo.s2.margin widens it"),
    )
    return [f"the best trial is on a bound of {what} in {', '.join(names)}: {do}" for names, what, do in named if names]


def bounds_touched(space: Space, values: Values) -> list[str]:
    """The names of values on a bound of their range, or beyond it, in sorted order."""
    return [name for name in sorted(values) if _touches(space[name], values[name])]


def to_scale(dimension: Range, value: float) -> float:
    """The value on the scale of the range: its logarithm, or itself."""
    return math.log(value) if dimension.log else value


def from_scale(dimension: Range, scaled: float) -> float:
    """The value at a position of the range's scale, clipped to the range."""
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
    margin = _BOUND_FRACTION * (high - low)
    return not low + margin < to_scale(dimension, value) < high - margin
