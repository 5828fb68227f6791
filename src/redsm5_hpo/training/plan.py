"""What all fits of a study have in common, as a value that travels to a worker."""

from dataclasses import dataclass, replace

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import Architecture, Configuration, EncoderParams, TrainingParams


@dataclass(frozen=True)
class FitPlan:
    """The fixed part of a fit.

    Attributes:
        architecture: which of the four.
        encoder: the pretrained encoder and its windows.
        training: what does not vary between fits.
        epochs: the most epochs a fit may take; the schedule runs over all of them.
        train: the posts to train on.
        val: the posts to validate on; None for a refit, which has none.
    """

    architecture: Architecture
    encoder: EncoderParams
    training: TrainingParams
    epochs: int
    train: Portion
    val: Portion | None

    def of(self, configuration: Configuration) -> "FitPlan":
        """This plan with the encoder and the windows that a configuration asks for."""
        return replace(self, encoder=self.encoder.of(configuration))
