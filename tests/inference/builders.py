"""Checkpoints of untrained models."""

from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.inference.checkpoint import save_checkpoint
from redsm5_hpo.inference.predictor import save_seed
from redsm5_hpo.training.model import fresh_model, tokenizers
from tests.training.builders import CRITERIA, configured, spec


def saved_model(architecture, encoder, directory):
    configuration = configured(encoder)
    model = fresh_model(architecture, configuration, freeze_word_embeddings=False, seed=1)
    save_seed(directory, 1, model, tokenizers(architecture, configuration.encoder_params))
    save_checkpoint(directory, spec(directory, architecture), configuration, [1], Calibration(), {}, CRITERIA)
    return directory
