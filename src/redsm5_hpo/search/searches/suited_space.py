"""What a study says about the ranges that come from the encoder, and the refusal to compare encoders at those of one.

Owns the sentences. Which ranges suit an encoder is in params/encoder_ranges.py.
"""

from collections.abc import Sequence

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.params import Choices, Configuration, Range, Space, suited_ranges


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


def check_rates(space: Space, defaults: Configuration, section: str) -> None:
    """Raise StudyError where encoders that suit different learning rates all have those of the default one.

    Rates of one's own, searched or not, are no error: they may be meant for all encoders.

    Args:
        defaults: what completes a trial's values.
        section: of the settings that the space is from.
    """
    searched = space.get("encoder")
    choices = [str(name) for name in searched.choices] if isinstance(searched, Choices) else []
    rates = {name: suited_ranges(name)[0].learning_rate for name in choices}
    if len(set(rates.values())) > 1 and _has_rates_of(defaults.encoder, space, defaults):
        raise StudyError(
            f"the encoders of the space would all be trained at the learning rates of {defaults.encoder}",
            got=", ".join(f"{name}, which suits {rate:g}" for name, rate in rates.items()),
            allowed="learning rates relative to those of each encoder, or learning rates that you name",
            remedy=f"in {section}, search learning_rate_factor (low 0.02, high 4.0, log) and no learning_rate, as "
            "maximal/params.yaml does, or give learning_rate a low and a high",
        )


def _has_rates_of(encoder: str, space: Space, defaults: Configuration) -> bool:
    """Whether the learning rates are the ones that an empty setting means for an encoder."""
    ranges, _ = suited_ranges(encoder)
    if "learning_rate_factor" in space:
        return False
    if "learning_rate" in space:
        suited = ranges.dimensions()["learning_rate"]
        return space["learning_rate"].model_dump(include=set(suited)) == suited
    return defaults.learning_rate_factor is None and defaults.learning_rate == ranges.learning_rate


def _described(dimension: Range | Choices) -> str:
    if isinstance(dimension, Range):
        return f"{dimension.low:g} to {dimension.high:g}"
    return " or ".join(map(str, dimension.choices))
