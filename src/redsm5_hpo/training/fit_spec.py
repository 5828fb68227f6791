"""What the fits of a study have in common, as a value that is sent to a worker."""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import TrainingParams


@dataclass(frozen=True)
class FitSpec:
    """The fixed part of a fit; a configuration completes it.

    Attributes:
        training: the settings that do not vary between fits.
        epochs: the most epochs of a fit; the learning-rate scheduler runs over all of them.
        train: the posts to train on.
        val: the posts to validate on; None for a refit.
    """

    architecture: Architecture
    training: TrainingParams
    epochs: int
    train: Portion
    val: Portion | None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that a fit reads."""
        return self.train.folders + (self.val.folders if self.val is not None else ())
