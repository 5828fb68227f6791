"""What a study says about the ranges that come from the encoder.

Owns the sentences. Which ranges suit an encoder is in params/encoder_ranges.py.
"""

from collections.abc import Sequence

from redsm5_hpo.params import Choices, Range, Space, suited_ranges


def suited_messages(space: Space, encoder: str) -> list[str]:
    """Which dimensions of a space are those that suit the encoder, and why these."""
    ranges, whose = suited_ranges(encoder)
    taken = [
        f"{name} {_described(space[name])}"
        for name, suited in ranges.dimensions().items()
        if name in space and space[name].model_dump(include=set(suited)) == suited
    ]
    return [f"what suits encoder {encoder} (ranges {whose}): {', '.join(taken)}"] if taken else []


def relative_messages(space: Space, encoders: Sequence[str]) -> list[str]:
    """What a learning_rate_factor of 1 means for each encoder of a space."""
    if "learning_rate_factor" not in space:
        return []
    rates = (f"{encoder} {suited_ranges(encoder)[0].learning_rate:g}" for encoder in encoders)
    return [f"a learning_rate_factor of 1 is a learning rate of {', '.join(rates)}"]


def _described(dimension: Range | Choices) -> str:
    if isinstance(dimension, Range):
        return f"{dimension.low:g} to {dimension.high:g}"
    return " or ".join(map(str, dimension.choices))
