"""The most confident wrong predictions for test, by id.

Owns which these are. Reads data/predictions/ARCH.csv, which holds no text.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core.files import read_csv

_NAMES = ("absent", "present")
_OF_A_KIND = 5


@dataclass(frozen=True)
class ConfidentError:
    """A wrong prediction.

    Attributes:
        example: the id of the sentence, or of the post where an example is a post and a criterion.
        criterion: its label.
        actual: the true status.
        predicted: the wrong one.
        probability: the predicted probability of present.
    """

    example: str
    criterion: str
    actual: str
    predicted: str
    probability: float


def confident_errors(path: Path, of_a_kind: int = _OF_A_KIND) -> list[ConfidentError]:
    """Up to so many with status absent, the highest probability first, then as many present, the lowest first."""
    wrong = [_error(row) for row in read_csv(path) if row["status"] != row["predicted_status"]]
    absent = [each for each in wrong if each.actual == _NAMES[0]]
    present = [each for each in wrong if each.actual == _NAMES[1]]
    return [
        *sorted(absent, key=lambda each: (-each.probability, each.example, each.criterion))[:of_a_kind],
        *sorted(present, key=lambda each: (each.probability, each.example, each.criterion))[:of_a_kind],
    ]


def _error(row: dict[str, str]) -> ConfidentError:
    return ConfidentError(
        example=row["sentence_id"] or row["post_id"],
        criterion=row["criterion"],
        actual=_NAMES[int(row["status"])],
        predicted=_NAMES[int(row["predicted_status"])],
        probability=_probability(float(row["status_log_odds"] or row["span_log_odds"])),
    )


def _probability(log_odds: float) -> float:
    """The logistic function, without overflow."""
    return 0.5 * (1 + math.tanh(log_odds / 2))
