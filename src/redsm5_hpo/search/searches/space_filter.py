"""The part of a space that an architecture has on this machine.

Owns what is left out: values that the architecture does not read, and encoders that are not there. Does not fetch
encoders: a study does not begin with hours of downloads that nobody asked for.
"""

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.modeling.encoders import is_present
from redsm5_hpo.params import Choices, Space
from redsm5_hpo.search.space import read_by, without_unreachable


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
