"""The table of architectures: what each reads, predicts and ignores.

Owns the table. No other code compares an architecture with a name: a new one is an entry here, a class in
modeling/architectures.py and its tests.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

Architecture = Literal["criteria", "evidence", "share", "joint"]


@dataclass(frozen=True)
class Task:
    """What an architecture learns.

    Attributes:
        unit: what one example is: an annotated sentence, or a pair of a post and a criterion.
        status: whether it predicts if the criterion is present.
        spans: whether it predicts evidence spans.
        encoders: the number of its encoders: the evidence encoder, then the criteria encoder.
        ignored: values of a configuration that it does not read.
    """

    unit: Literal["sentence", "pair"]
    status: bool
    spans: bool
    encoders: int = 1
    ignored: frozenset[str] = field(default=frozenset())


_OF_JOINT = frozenset({"criteria_encoder", "fusion", "tie_encoders"})
_OF_PAIRS = frozenset({"status_weight", "stride", "span_head", "max_evidence_sentences", "train_on_sentences"})
TASKS: Final[dict[Architecture, Task]] = {
    "criteria": Task("sentence", status=True, spans=False, ignored=_OF_JOINT | _OF_PAIRS),
    "evidence": Task("pair", status=False, spans=True, ignored=_OF_JOINT | {"status_weight", "pooling"}),
    "share": Task("pair", status=True, spans=True, ignored=_OF_JOINT),
    "joint": Task("pair", status=True, spans=True, encoders=2),
}
