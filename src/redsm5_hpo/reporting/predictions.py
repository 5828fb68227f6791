"""Predictions by id.

Owns data/predictions/ARCH.csv and the confusion data. Writes ids and offsets, never text.
"""

from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.files import write_csv
from redsm5_hpo.training.scoring import Answer

COLUMNS = (
    "post_id",
    "sentence_id",
    "criterion",
    "status",
    "predicted_status",
    "status_log_odds",
    "span_log_odds",
    "predicted_start",
    "predicted_end",
    "gold_spans",
)
_NAMES = ("absent", "present")


def write_predictions(path: Path, examples: Sequence[Example], answers: Sequence[Answer]) -> None:
    """One row an example; gold spans as start:end joined by semicolons, empty fields for what is not learned."""
    write_csv(path, COLUMNS, [_row(example, answer) for example, answer in zip(examples, answers, strict=True)])


def write_confusion(path: Path, examples: Sequence[Example], answers: Sequence[Answer]) -> None:
    """One row an example: what it is and what was said, for the confusion plot."""
    rows = [(_NAMES[e.status], _NAMES[a.status]) for e, a in zip(examples, answers, strict=True)]
    write_csv(path, ("actual", "predicted"), rows)


def _row(example: Example, answer: Answer) -> tuple[str | int | float | None, ...]:
    start, end = answer.evidence or (None, None)
    return (
        example.post_id,
        example.sentence_id,
        example.label,
        example.status,
        answer.status,
        _rounded(answer.status_log_odds),
        _rounded(answer.span_log_odds),
        start,
        end,
        ";".join(f"{first}:{last}" for first, last in example.spans),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
