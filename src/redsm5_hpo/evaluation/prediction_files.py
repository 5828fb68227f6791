"""Predictions as CSV.

Owns the columns of data/predictions/ARCH.csv and of the confusion plot. Writes ids and offsets, never text.
"""

from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.core.files import write_csv
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.scoring import Prediction

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


def write_predictions(path: Path, examples: Sequence[Example], predictions: Sequence[Prediction]) -> None:
    """One row for each example; gold spans as start:end joined by semicolons; fields that do not apply are empty."""
    write_csv(
        path, COLUMNS, [_row(example, prediction) for example, prediction in zip(examples, predictions, strict=True)]
    )


def write_confusion(path: Path, examples: Sequence[Example], predictions: Sequence[Prediction]) -> None:
    """One row for each example: true and predicted status."""
    rows = [
        (_NAMES[true.status], _NAMES[predicted.status]) for true, predicted in zip(examples, predictions, strict=True)
    ]
    write_csv(path, ("actual", "predicted"), rows)


def _row(example: Example, prediction: Prediction) -> tuple[str | int | float | None, ...]:
    start, end = prediction.evidence or (None, None)
    return (
        example.post_id,
        example.sentence_id,
        example.label,
        example.status,
        prediction.status,
        _rounded(prediction.status_log_odds),
        _rounded(prediction.span_log_odds),
        start,
        end,
        ";".join(f"{first}:{last}" for first, last in example.spans),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
