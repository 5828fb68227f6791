"""The part of a space that an architecture has on this machine.

Owns what is left out: values that the architecture does not read, and encoders that are not there. Does not fetch
encoders: a study does not begin with hours of downloads that nobody asked for.
"""

from collections.abc import Sequence
from typing import Final

from redsm5_hpo.errors import StudyError
from redsm5_hpo.modeling.encoders import check_room, encoder_directory, is_present, layer_count
from redsm5_hpo.params import Architecture, Choices, EncoderParams, Range, Space
from redsm5_hpo.search.space import without_unreachable
from redsm5_hpo.training.model import tokenizers

_UNREAD: Final[dict[Architecture, frozenset[str]]] = {
    "criteria": frozenset({"fusion", "tie_encoders", "status_weight", "stride"}),
    "evidence": frozenset({"fusion", "tie_encoders", "status_weight", "pooling"}),
    "share": frozenset({"fusion", "tie_encoders"}),
    "joint": frozenset(),
}


def offered_space(
    space: Space, architecture: Architecture, criteria_name: str | None = None
) -> tuple[Space, list[str]]:
    """The space without what is not read or not there, and what the user is told of it.

    With an encoder of its own for the criteria (`criteria_name`) there are no encoders to tie.

    Raises:
        StudyError: none of the encoders is there.
    """
    unread = _UNREAD[architecture] | (frozenset() if criteria_name is None else {"tie_encoders"})
    read = {name: dimension for name, dimension in space.items() if name not in unread}
    searched = read.get("encoder")
    if not isinstance(searched, Choices):
        return without_unreachable(read), []
    present = tuple(name for name in searched.choices if is_present(str(name)))
    absent = [str(name) for name in searched.choices if name not in present]
    if not present:
        raise StudyError(
            "none of the encoders of the space is there",
            got=", ".join(absent),
            remedy="fetch one (`hf download`), or list local directories in hpo.max.space.encoder",
        )
    missing = f"; not there: {', '.join(absent)}" if absent else ""
    told = [f"encoders: {', '.join(map(str, present))}{missing}"]
    return without_unreachable({**read, "encoder": searched.model_copy(update={"choices": present})}), told


def check_offered(
    space: Space, architecture: Architecture, encoder: EncoderParams, names: list[str], criteria: Sequence[str]
) -> None:
    """Raise an HpoError now for what would fail in a trial.

    That is: windows too long for an encoder, or too short for the text beside a criterion, or too many layers.
    """
    longest, widest = _most(space, "max_length", encoder.max_length), _most(space, "stride", encoder.stride)
    shortest = _least(space, "max_length", encoder.max_length)
    if widest * 2 > shortest:
        raise StudyError(
            "windows of the space would not advance",
            got=f"stride {widest} with max_length {shortest}",
            allowed="a stride of at most half of max_length",
            remedy="change stride or max_length in hpo.max.space",
        )
    for name in names:
        for tokenizer in tokenizers(architecture, encoder.model_copy(update={"name": name, "max_length": longest})):
            check_room(tokenizer, criteria, shortest, widest)
        layers = layer_count(encoder_directory(name, verify=False))
        for setting in ("frozen_layers", "reinitialised_layers"):
            if _most(space, setting, 0) > layers:
                raise StudyError(
                    f"{setting} of the space are more layers than encoder {name} has",
                    got=f"up to {_most(space, setting, 0)}",
                    allowed=f"0 to {layers}",
                    remedy=f"lower the range of {setting} in hpo.max.space",
                )


def _most(space: Space, name: str, otherwise: int) -> int:
    return max(_ends(space, name, otherwise))


def _least(space: Space, name: str, otherwise: int) -> int:
    return min(_ends(space, name, otherwise))


def _ends(space: Space, name: str, otherwise: int) -> tuple[int, ...]:
    dimension: Range | Choices | None = space.get(name)
    if dimension is None:
        return (otherwise,)
    values = dimension.choices if isinstance(dimension, Choices) else (dimension.low, dimension.high)
    return tuple(int(value) for value in values)
