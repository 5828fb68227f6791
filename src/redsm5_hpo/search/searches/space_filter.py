"""The part of a space that an architecture has on this machine.

Owns what is left out: values that the architecture does not read, and encoders that are not there. Does not fetch
encoders: a study does not begin with hours of downloads that nobody asked for.
"""

from collections.abc import Sequence

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.modeling.encoders import check_room, encoder_directory, is_present, layer_count
from redsm5_hpo.params import Choices, Configuration, Range, Space
from redsm5_hpo.search.space import read_by, without_unreachable
from redsm5_hpo.training.model import tokenizers


def available_space(
    space: Space, architecture: Architecture, criteria_encoder: str | None = None
) -> tuple[Space, list[str]]:
    """The space without values that the architecture ignores and encoders that are missing, and messages about it.

    Args:
        criteria_encoder: one of joint's own.

    Raises:
        StudyError: none of the encoders is there.
    """
    read = read_by(architecture, space, criteria_encoder)
    searched = read.get("encoder")
    if not isinstance(searched, Choices):
        return read, []
    present = tuple(name for name in searched.choices if is_present(str(name)))
    absent = [str(name) for name in searched.choices if name not in present]
    if not present:
        raise StudyError(
            "no encoder of the space is on this machine",
            got=", ".join(absent),
            remedy="fetch one (`make encoders NAMES=…`), or list local directories in hpo.max.space.encoder",
        )
    missing = f"; missing: {', '.join(absent)}" if absent else ""
    messages = [f"encoders: {', '.join(map(str, present))}{missing}"]
    return without_unreachable({**read, "encoder": searched.model_copy(update={"choices": present})}), messages


def check_space(
    space: Space, architecture: Architecture, defaults: Configuration, names: list[str], criteria: Sequence[str]
) -> None:
    """Raise an HpoError now for what would fail in a trial.

    That is: windows too long for an encoder, or too short for the text beside a criterion, or too many layers.
    """
    lengths, widest = _ends(space, "max_length", defaults.max_length), max(_ends(space, "stride", defaults.stride))
    longest, shortest = max(lengths), min(lengths)
    if widest * 2 > shortest:
        raise StudyError(
            "windows of the space would not advance",
            got=f"stride {widest} with max_length {shortest}",
            allowed="a stride of at most half of max_length",
            remedy="change stride or max_length in hpo.max.space",
        )
    for name in names:
        for tokenizer in tokenizers(
            architecture, defaults.encoder_params.model_copy(update={"name": name, "max_length": longest})
        ):
            check_room(tokenizer, criteria, shortest, widest)
        layers = layer_count(encoder_directory(name, verify=False))
        for setting in ("frozen_layers", "reinitialized_layers"):
            if (most := max(_ends(space, setting, getattr(defaults, setting)))) > layers:
                raise StudyError(
                    f"{setting} of the space are more layers than encoder {name} has",
                    got=f"up to {most}",
                    allowed=f"0 to {layers}",
                    remedy=f"lower {setting}: its range in hpo.max.space, or training.defaults where it has none",
                )


def _ends(space: Space, name: str, otherwise: int) -> tuple[int, ...]:
    dimension: Range | Choices | None = space.get(name)
    if dimension is None:
        return (otherwise,)
    values = dimension.choices if isinstance(dimension, Choices) else (dimension.low, dimension.high)
    return tuple(int(value) for value in values)
