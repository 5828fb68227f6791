"""The narrowed space of the fine search, made from the trials of the coarse one.

Owns which trials count as the best and how the space shrinks to them. Does not run or sample trials.
"""

import math
from collections.abc import Sequence

from redsm5_hpo.params import Choices, Range, Scalar, Space
from redsm5_hpo.search.records import TrialRecord, best_trial, ranked
from redsm5_hpo.search.space import drawing_order, from_scale, is_reachable, to_scale

_FEWEST_TRIALS = 2
_LEAST_WIDTH = 0.01  # of the original width, where a margin of 0 would let a range collapse


def narrowed_space(space: Space, records: Sequence[TrialRecord], top_fraction: float, margin: float) -> Space:
    """The space around the best `top_fraction` of the trials that were measured, at least two of them.

    A range runs from the lowest to the highest value among the best, widened at both ends by `margin` of that width and
    clipped to the original bounds; it stays at least `margin` of the original width wide where the bounds leave room.
    Choices are those that occur among the best, in the original order; all of them if none does. A dimension that
    exists for none of the best is unchanged; one whose condition can no longer be met is left out.

    Raises:
        StudyError: no trial is complete.
    """
    best = _best_trials(records, top_fraction)
    narrowed: Space = {}
    for name in drawing_order(space):
        values = [record.params[name] for record in best if name in record.params]
        if is_reachable(space[name], narrowed):
            narrowed[name] = _narrowed(space[name], values, margin) if values else space[name]
    return {name: narrowed[name] for name in space if name in narrowed}


def _best_trials(records: Sequence[TrialRecord], top_fraction: float) -> list[TrialRecord]:
    best_trial(records)  # raises when there is none
    measured = sum(record.state in ("complete", "pruned") for record in records)
    return ranked(records)[: max(_FEWEST_TRIALS, math.ceil(top_fraction * measured))]


def _narrowed(dimension: Range | Choices, values: Sequence[Scalar], margin: float) -> Range | Choices:
    if isinstance(dimension, Choices):
        kept = tuple(choice for choice in dimension.choices if choice in values)
        return dimension.model_copy(update={"choices": kept or dimension.choices})
    # A value from outside the space (a default) pulls the range to the nearest bound.
    inside = [min(max(float(value), dimension.low), dimension.high) for value in values]
    scaled = [to_scale(dimension, value) for value in inside]
    low, high = min(scaled), max(scaled)
    whole_width = to_scale(dimension, dimension.high) - to_scale(dimension, dimension.low)
    least = max(margin, _LEAST_WIDTH) * whole_width
    pad = max(margin * (high - low), (least - (high - low)) / 2)
    # Without a margin the logarithm's rounding would leave out the very values that the range runs between.
    ends = min(*inside, from_scale(dimension, low - pad)), max(*inside, from_scale(dimension, high + pad))
    return _clipped(dimension, *ends)


def _clipped(dimension: Range, low: float, high: float) -> Range:
    if dimension.integer:
        low, high = max(math.floor(low), dimension.low), min(math.ceil(high), dimension.high)
    return dimension.model_copy(update={"low": low, "high": high})
