"""Checkpoints with weights: saved, loaded with one call, and predicting the same.

Owns the weights' files: `seed-N/encoder-K/` is a Hugging Face folder (safetensors, tokenizer) that other tools read as
well; `seed-N/heads.safetensors` holds the rest. `model.json` is in checkpoint.py. Predictions are those of the mean
probability over all seeds. Does not train or score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from redsm5_hpo.core.files import writing
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.inference.checkpoint import Checkpoint, incomplete_checkpoint, load_checkpoint
from redsm5_hpo.inference.given_posts import given_posts
from redsm5_hpo.inference.posts import PostPrediction, post_shards, shard_predictions
from redsm5_hpo.modeling.encoders import freeze, load_encoder, save_encoder, without_lora
from redsm5_hpo.params import EncoderParams
from redsm5_hpo.training.data.dataset import make_dataset
from redsm5_hpo.training.device import choose_compute, fastest_attention
from redsm5_hpo.training.model import assemble
from redsm5_hpo.training.prediction import WindowPredictions, by_example, predict
from redsm5_hpo.training.scoring import Prediction, PredictionResult


@dataclass(frozen=True)
class Predictor:
    """A loaded checkpoint.

    Attributes:
        checkpoint: the contents of model.json.
        encoder: with the windows of the fits; its names are paths of the encoders in the folder.
        models: one for each seed.
    """

    checkpoint: Checkpoint
    encoder: EncoderParams
    models: dict[int, nn.Module]

    def predict(self, examples: Sequence[Example], *, by_seed: bool = False) -> PredictionResult:
        """Predict with the mean probability of all seeds and, if `by_seed`, with each seed's model alone."""
        training = self.checkpoint.training
        compute = choose_compute(training.precision)
        # Not cached: predictions leave no copy of anyone's text in the working directory.
        data = make_dataset(examples, self.checkpoint.architecture, self.encoder, compute, cached=False)
        mean, loss, each = predict(
            [model.to(compute.device) for model in self.models.values()],
            data.batches,
            data.windows,
            compute,
            batch_size=training.eval_batch_size,
            each=by_seed,
        )
        alone = {seed: self._calibrated(one, examples) for seed, one in zip(self.models, each, strict=by_seed)}
        return PredictionResult(self._calibrated(mean, examples), loss, len(data.windows), alone)

    def predict_posts(
        self, posts: Mapping[str, str], criteria: Mapping[str, str] | None = None
    ) -> list[PostPrediction]:
        """Predict every criterion for every post, as the command `redsm5-hpo predict` does.

        Posts whose text only says that it was removed or deleted have no rows; a UserWarning counts them.

        Args:
            posts: texts by post_id.
            criteria: definitions by label; by default those that the model was fitted with.

        Raises:
            CorpusError: a post has no visible text, or its value is no text, such as None and NaN.
        """
        architecture, definitions = self.checkpoint.architecture, criteria or self.checkpoint.criteria
        shards = post_shards(architecture, given_posts(posts), definitions)
        return [
            row
            for shard in shards
            for row in shard_predictions(architecture, shard, definitions, self.predict(shard.examples).predictions)
        ]

    def _calibrated(self, predictions: WindowPredictions, examples: Sequence[Example]) -> list[Prediction]:
        return self.checkpoint.calibration.applied(by_example(predictions, self.checkpoint.configuration, examples))


def save_seed(directory: Path, seed: int, model: nn.Module, tokenizers: Sequence[PreTrainedTokenizerBase]) -> None:
    """Write one seed's weights; `tokenizers` has one tokenizer per encoder, or one for all."""
    folder = _seed_folder(directory, seed)
    heads = {name: value for name, value in model.state_dict().items() if not name.startswith("encoders.")}
    with writing(folder, SafetensorError):
        for number, encoder in enumerate(_encoders(model)):
            tokenizer = tokenizers[min(number, len(tokenizers) - 1)]
            save_encoder(folder / f"encoder-{number}", without_lora(encoder), tokenizer)
        save_file(heads, folder / "heads.safetensors")


def load_predictor(directory: Path | str) -> Predictor:
    """The predictor of a checkpoint; raises HpoError when its folder is missing, incomplete or damaged."""
    return load_models(Path(directory), load_checkpoint(Path(directory)))


def load_models(directory: Path, checkpoint: Checkpoint) -> Predictor:
    """The same for a checkpoint whose files load_checkpoint has checked."""
    configuration = checkpoint.configuration
    folders = {seed: _seed_folder(directory, seed) for seed in checkpoint.seeds}
    try:
        models = {seed: _load_seed(folder, checkpoint) for seed, folder in folders.items()}
        names = [str(path) for path in sorted(folders[checkpoint.seeds[0]].glob("encoder-*"))]
        # As in training, both sides have one tokenizer unless their encoders differ.
        differ = configuration.criteria_encoder not in (None, configuration.encoder)
        paths = {"name": names[0], "criteria_name": names[-1] if differ else None}
        encoder = configuration.encoder_params.model_copy(update=paths)
    except (OSError, ValueError, TypeError, LookupError, SafetensorError, RuntimeError) as error:
        raise incomplete_checkpoint(directory, error) from error
    return Predictor(checkpoint, encoder, models)


def _load_seed(folder: Path, checkpoint: Checkpoint) -> nn.Module:
    configuration = checkpoint.configuration
    encoders = [load_encoder(path, fastest_attention()) for path in sorted(folder.glob("encoder-*"))]
    for encoder in encoders:  # as in the fits: layers that all seeds share run once
        freeze(encoder, layers=configuration.frozen_layers, word_embeddings_too=True)
    model = assemble(checkpoint.architecture, encoders, configuration)
    missing, unexpected = model.load_state_dict(load_file(folder / "heads.safetensors"), strict=False)
    wrong = [*unexpected, *(name for name in missing if not name.startswith("encoders."))]
    if wrong:
        raise ValueError(f"{folder.name}: weights do not fit: {', '.join(wrong)}")
    return model


def _encoders(model: nn.Module) -> list[PreTrainedModel]:
    return list(model.get_submodule("encoders").children())


def _seed_folder(directory: Path, seed: int) -> Path:
    return directory / f"seed-{seed}"
