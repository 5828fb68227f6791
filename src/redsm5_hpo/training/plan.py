"""What all fits of a study have in common, as a value that travels to a worker."""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.params import Architecture, EncoderParams, TrainingParams


@dataclass(frozen=True)
class FitPlan:
    """The fixed part of a fit.

    Attributes:
        architecture: which of the four.
        encoder: the pretrained encoder and its windows.
        training: what does not vary between fits.
        epochs: the most epochs a fit may take; the schedule runs over all of them.
        train_parts: corpus folders to train on.
        val_part: the corpus folder to validate on; None for a refit, which has none.
    """

    architecture: Architecture
    encoder: EncoderParams
    training: TrainingParams
    epochs: int
    train_parts: tuple[Path, ...]
    val_part: Path | None
