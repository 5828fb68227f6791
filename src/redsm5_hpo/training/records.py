"""What a fit leaves behind: plain values, no tensors, no clock."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of a fit.

    Attributes:
        train_loss: mean loss over the epoch's training windows.
        loss: mean loss over the validation windows.
        f1_macro: the architecture's primary metric on the validation part.
        accuracy: share of validation examples whose presence is answered correctly.
    """

    train_loss: float
    loss: float
    f1_macro: float
    accuracy: float


@dataclass(frozen=True)
class FitRecord:
    """A fit with validation.

    Attributes:
        epochs: one record an epoch trained.
        best_epoch: the epoch with the highest f1_macro, counted from 1; the first of equals.
        stopped: why it ended: all epochs done, no better epoch for the patience, or pruned by the search.
        parts: into how many times as many parts as usual its batches were cut, where memory was short; else 1.
    """

    epochs: tuple[EpochRecord, ...]
    best_epoch: int
    stopped: Literal["completed", "early", "pruned"]
    parts: int
