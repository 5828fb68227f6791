"""What of a space would fail in a trial, said before the first one.

Owns the comparison of windows and layers with the encoders. What is compared are the ends of ranges and all choices, in
the combinations that conditions allow. Does not change a space. Encoders are imported where they are read: in a worker,
for a driver without torch.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from redsm5_hpo.core.errors import EncoderError, StudyError
from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.params import Choices, Configuration, Range, Scalar, Space
from redsm5_hpo.search.space import active_values

_OF_WINDOWS = {"encoder", "criteria_encoder", "max_length", "stride"}


class _Extreme(NamedTuple):
    """The values of a trial that an encoder may be too small for."""

    encoder: str
    criteria_encoder: str | None
    tie_encoders: bool
    max_length: int
    stride: int
    frozen_layers: int
    reinitialized_layers: int


def check_space(
    space: Space, architecture: Architecture, defaults: Configuration, criteria: Sequence[str], section: str
) -> None:
    """Raise an HpoError now for what would fail in a trial.

    That is: windows that do not advance, are too long for an encoder, or too short for the text beside a criterion, too
    many layers, and two encoders that are tied.

    Args:
        defaults: what completes a trial's values.
        criteria: the definitions.
        section: of the settings that the space is from, for the messages.
    """
    from redsm5_hpo.training.model import check_tied

    extremes = _extremes(space, defaults)
    _check_strides(extremes, section)
    of_encoders: dict[tuple[str, ...], list[_Extreme]] = {}
    for each in extremes:
        names = (each.encoder, each.criteria_encoder or each.encoder)[: TASKS[architecture].encoders]
        if each.tie_encoders:
            check_tied(names)
        of_encoders.setdefault(names, []).append(each)
    for names, of_these in of_encoders.items():
        if space.keys() & _OF_WINDOWS:  # else trial 0 shows it, and a start without tokenizers is faster
            lengths = f"max_length in {section}" if "max_length" in space else "encoder.max_length"
            _check_windows(names, of_these, architecture, defaults, criteria, lengths)
        for name in names:
            _check_layers(name, of_these, section)


def _check_strides(extremes: Sequence[_Extreme], section: str) -> None:
    widest = max(extremes, key=lambda each: each.stride * 2 - each.max_length)
    if widest.stride * 2 > widest.max_length:
        raise StudyError(
            "windows of the space would not advance",
            got=f"stride {widest.stride} with max_length {widest.max_length}",
            allowed="a stride of at most half of max_length",
            remedy=f"change stride or max_length in {section}, or in encoder where they are not searched",
        )


def _check_windows(
    names: tuple[str, ...],
    extremes: Sequence[_Extreme],
    architecture: Architecture,
    defaults: Configuration,
    criteria: Sequence[str],
    lengths: str,
) -> None:
    from redsm5_hpo.modeling.encoders import check_room
    from redsm5_hpo.training.model import tokenizers

    longest = max(each.max_length for each in extremes)
    # The shortest windows there are: longer ones are compared here, where the setting is known.
    shown = defaults.encoder_params.model_copy(update={"name": names[0], "criteria_name": names[-1], "max_length": 1})
    found = tokenizers(architecture, shown)
    for name, tokenizer in zip(dict.fromkeys(names), found, strict=True):
        if longest > tokenizer.model_max_length:
            raise EncoderError(
                f"windows of the space are longer than the longest of encoder {name}",
                got=f"up to {longest} tokens",
                allowed=f"at most {tokenizer.model_max_length}",
                remedy=f"lower {lengths}; longer texts are split into overlapping windows",
            )
    for max_length, stride in dict.fromkeys((each.max_length, each.stride) for each in extremes):
        check_room(found[0], criteria, max_length, stride)


def _check_layers(name: str, extremes: Sequence[_Extreme], section: str) -> None:
    from redsm5_hpo.modeling.encoders import encoder_directory, layer_count

    layers = layer_count(encoder_directory(name, verify=False))
    for setting in ("frozen_layers", "reinitialized_layers"):
        if (most := max(getattr(each, setting) for each in extremes)) > layers:
            raise StudyError(
                f"{setting} of the space are more layers than encoder {name} has",
                got=f"up to {most}",
                allowed=f"0 to {layers}",
                remedy=f"lower {setting}: its range in {section}, or training.defaults where it has none",
            )


def _extremes(space: Space, defaults: Configuration) -> list[_Extreme]:
    """Each combination once, in the order of the choices."""
    decisive: Space = {}

    def add(name: str) -> None:
        decisive[name] = space[name]
        for other in space[name].when:
            add(other)

    for name in _Extreme._fields:
        if name in space:
            add(name)
    found: dict[_Extreme, None] = {}
    for values in product(*map(_ends, decisive.values())):
        active = active_values(decisive, dict(zip(decisive, values, strict=True)))
        extreme = _Extreme(**{name: active.get(name, getattr(defaults, name)) for name in _Extreme._fields})
        found[extreme] = None
    return list(found)


def _ends(dimension: Range | Choices) -> tuple[Scalar, ...]:
    # Ranges of what is checked are integer ranges, whose ends are stored as floats.
    return dimension.choices if isinstance(dimension, Choices) else (int(dimension.low), int(dimension.high))
