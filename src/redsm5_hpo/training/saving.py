"""Fitted models on disk, and back: a folder that loads with one call and predicts the same.

Owns the weights' form: `seed-N/encoder-K/` is a Hugging Face folder (safetensors, tokenizer) that other tools read as
well; `seed-N/heads.safetensors` holds the rest. What `model.json` says of them is model_folder's. Predictions are those
of the mean probability over all seeds. Does not train or score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.files import writing
from redsm5_hpo.modeling.encoders import freeze, load_encoder, save_encoder, without_lora
from redsm5_hpo.params import EncoderParams
from redsm5_hpo.training.data import make_part
from redsm5_hpo.training.device import choose_compute, fastest_attention
from redsm5_hpo.training.model import assemble
from redsm5_hpo.training.model_folder import Description, load_description, no_model
from redsm5_hpo.training.prediction import WindowAnswers, predict
from redsm5_hpo.training.scoring import Answer, Predicted


@dataclass(frozen=True)
class Predictor:
    """A loaded model folder.

    Attributes:
        description: what it holds.
        encoder: its windows; the names lead to the folder's own encoders.
        models: one for each seed.
    """

    description: Description
    encoder: EncoderParams
    models: dict[int, nn.Module]

    def predict(self, examples: Sequence[Example], *, by_seed: bool = False) -> Predicted:
        """Predict with the mean probability of all seeds, and with each alone where `by_seed` asks for it."""
        training = self.description.training
        compute = choose_compute(training.precision)
        part = make_part(examples, self.description.architecture, self.encoder, compute)
        mean, loss, each = predict(
            [model.to(compute.device) for model in self.models.values()],
            part.batches,
            part.windows,
            compute,
            batch_size=training.eval_batch_size,
            status_weight=self.description.configuration.status_weight,
            each=by_seed,
        )
        alone = {seed: self._read(one, examples) for seed, one in zip(self.models, each, strict=by_seed)}
        return Predicted(self._read(mean, examples), loss, len(part.windows), alone)

    def _read(self, answers: WindowAnswers, examples: Sequence[Example]) -> list[Answer]:
        return self.description.decision.applied(answers.by_example(len(examples)))


def save_seed(directory: Path, seed: int, model: nn.Module, tokenizers: Sequence[PreTrainedTokenizerBase]) -> None:
    """Write one seed's weights; `tokenizers` holds one for each encoder, or one for all."""
    folder = _seed_folder(directory, seed)
    heads = {name: value for name, value in model.state_dict().items() if not name.startswith("encoders.")}
    with writing(folder, SafetensorError):
        for number, encoder in enumerate(_encoders(model)):
            tokenizer = tokenizers[min(number, len(tokenizers) - 1)]
            save_encoder(folder / f"encoder-{number}", without_lora(encoder), tokenizer)
        save_file(heads, folder / "heads.safetensors")


def load_predictor(directory: Path) -> Predictor:
    """The model in a folder that refit wrote; raises HpoError when it is missing, incomplete or damaged."""
    return load_models(directory, load_description(directory))


def load_models(directory: Path, description: Description) -> Predictor:
    """The same where the folder's files have been checked already."""
    folders = {seed: _seed_folder(directory, seed) for seed in description.seeds}
    try:
        models = {seed: _load_seed(folder, description) for seed, folder in folders.items()}
        names = [str(path) for path in sorted(folders[description.seeds[0]].glob("encoder-*"))]
        # One tokenizer serves both sides unless the encoders differ, as when the model was trained.
        differ = description.encoder.criteria_name not in (None, description.encoder.name)
        read = {"name": names[0], "criteria_name": names[-1] if differ else None}
        encoder = EncoderParams.model_validate({**description.encoder.model_dump(), **read})
    except (OSError, ValueError, TypeError, LookupError, SafetensorError, RuntimeError) as error:
        raise no_model(directory, error) from error
    return Predictor(description, encoder, models)


def _load_seed(folder: Path, description: Description) -> nn.Module:
    configuration = description.configuration
    encoders = [load_encoder(path, fastest_attention()) for path in sorted(folder.glob("encoder-*"))]
    for encoder in encoders:  # as they were fitted: what they have in common need not be run for each
        freeze(encoder, layers=configuration.frozen_layers, word_embeddings_too=True)
    model = assemble(description.architecture, encoders, configuration)
    missing, unexpected = model.load_state_dict(load_file(folder / "heads.safetensors"), strict=False)
    wrong = [*unexpected, *(name for name in missing if not name.startswith("encoders."))]
    if wrong:
        raise ValueError(f"{folder.name}: weights do not fit: {', '.join(wrong)}")
    return model


def _encoders(model: nn.Module) -> list[PreTrainedModel]:
    return list(model.get_submodule("encoders").children())


def _seed_folder(directory: Path, seed: int) -> Path:
    return directory / f"seed-{seed}"
