"""Fitted models on disk, and back: a folder that loads with one call and predicts the same.

Owns the folder's form. `model.json` says what it is; `seed-N/encoder-K/` is a Hugging Face folder (safetensors,
tokenizer) that other tools read as well; `seed-N/heads.safetensors` holds the rest. Predictions are those of the mean
probability over all seeds. Does not train or score.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.folders import damaged_file, seal
from redsm5_hpo.errors import HpoError
from redsm5_hpo.files import Json, read_json, write_json, writing
from redsm5_hpo.modeling.encoders import freeze, load_encoder, save_encoder, without_lora
from redsm5_hpo.params import Architecture, Configuration, EncoderParams, TrainingParams
from redsm5_hpo.training.data import make_part
from redsm5_hpo.training.decision import Decision
from redsm5_hpo.training.device import choose_compute, fastest_attention
from redsm5_hpo.training.model import assemble
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.prediction import predict
from redsm5_hpo.training.scoring import Answer
from redsm5_hpo.training.winner import Winner

DEFAULT_MODEL = "default"  # the folder below a model's own in which the default configuration's model lies

_REMEDY = "dvc repro refit, or dvc checkout dvc.yaml"


@dataclass(frozen=True)
class Predictor:
    """A loaded model folder.

    Attributes:
        architecture: which of the four.
        configuration: the values it was fitted with.
        encoder: its windows; the names lead to the folder's own encoders.
        training: precision and batch size of prediction.
        models: one for each seed.
        decision: how their mean is read.
        origin: where the configuration comes from.
    """

    architecture: Architecture
    configuration: Configuration
    encoder: EncoderParams
    training: TrainingParams
    models: dict[int, nn.Module]
    decision: Decision
    origin: Winner

    def predict(self, examples: Sequence[Example]) -> tuple[list[Answer], float]:
        """One answer for each example, in order, and the mean loss over their windows."""
        compute = choose_compute(self.training.precision)
        part = make_part(examples, self.architecture, self.encoder, compute)
        answers, loss = predict(
            [model.to(compute.device) for model in self.models.values()],
            part.batches,
            part.windows,
            compute,
            batch_size=self.training.eval_batch_size,
            status_weight=self.configuration.status_weight,
        )
        return self.decision.applied(answers.by_example(len(examples))), loss

    def by_seed(self) -> dict[int, "Predictor"]:
        """Each seed's model alone, read like their mean."""
        return {seed: replace(self, models={seed: model}) for seed, model in self.models.items()}


def save_seed(directory: Path, seed: int, model: nn.Module, tokenizers: Sequence[PreTrainedTokenizerBase]) -> None:
    """Write one seed's weights; `tokenizers` holds one for each encoder, or one for all."""
    folder = _seed_folder(directory, seed)
    heads = {name: value for name, value in model.state_dict().items() if not name.startswith("encoders.")}
    with writing(folder, SafetensorError):
        for number, encoder in enumerate(_encoders(model)):
            tokenizer = tokenizers[min(number, len(tokenizers) - 1)]
            save_encoder(folder / f"encoder-{number}", without_lora(encoder), tokenizer)
        save_file(heads, folder / "heads.safetensors")


def save_description(directory: Path, plan: FitPlan, winner: Winner, seeds: Sequence[int]) -> None:
    """Write model.json (what was fitted, how its answers are read, whence its configuration), and seal the folder."""
    description = {
        "architecture": plan.architecture,
        "configuration": winner.configuration.model_dump(),
        "encoder": plan.encoder.model_dump(),
        "training": plan.training.model_dump(mode="json"),
        "seeds": list(seeds),
        "prediction": "mean probability of all seeds",
        "decision": asdict(winner.decision),
        "origin": winner.model_dump(mode="json", exclude={"configuration", "decision"}),
    }
    write_json(directory / "model.json", description)
    seal(directory)


def load_predictor(directory: Path) -> Predictor:
    """The model in a folder that refit wrote; raises HpoError when it is missing, incomplete or damaged."""
    if damaged := damaged_file(directory):
        what = "is not as it was written" if damaged.exists() else "does not exist"
        raise HpoError(f"{directory} holds no whole model", got=f"{damaged} {what}", remedy=_REMEDY)
    try:
        description = read_json(directory / "model.json")
        configuration = Configuration.model_validate(description["configuration"])
        seeds = [int(seed) for seed in description["seeds"]]  # part of a path: nothing but numbers
        models = {
            seed: _load_seed(_seed_folder(directory, seed), description["architecture"], configuration)
            for seed in seeds
        }
        decision = TypeAdapter(Decision).validate_python(description["decision"])
        origin = Winner.model_validate({**description["origin"], "configuration": description["configuration"]})
        first = _seed_folder(directory, seeds[0])
        names = [str(path) for path in sorted(first.glob("encoder-*"))]
        encoder = EncoderParams.model_validate(
            {**description["encoder"], "name": names[0], "criteria_name": _other_criteria_encoder(description, names)}
        )
        training = TrainingParams.model_validate(description["training"])
    except (OSError, ValueError, TypeError, LookupError, SafetensorError, RuntimeError) as error:
        raise HpoError(
            f"{directory} holds no whole model",
            got=f"{type(error).__name__}: {error}",
            remedy=_REMEDY,
        ) from error
    return Predictor(description["architecture"], configuration, encoder, training, models, decision, origin)


def _other_criteria_encoder(description: Json, names: Sequence[str]) -> str | None:
    # One tokenizer serves both sides unless the encoders differ, as when the model was trained.
    other = description["encoder"]["criteria_name"]
    return names[-1] if other not in (None, description["encoder"]["name"]) else None


def _load_seed(folder: Path, architecture: str, configuration: Configuration) -> nn.Module:
    encoders = [load_encoder(path, fastest_attention()) for path in sorted(folder.glob("encoder-*"))]
    for encoder in encoders:  # as they were fitted: what they have in common need not be run for each
        freeze(encoder, layers=configuration.frozen_layers, word_embeddings_too=True)
    model = assemble(architecture, encoders, configuration)
    missing, unexpected = model.load_state_dict(load_file(folder / "heads.safetensors"), strict=False)
    wrong = [*unexpected, *(name for name in missing if not name.startswith("encoders."))]
    if wrong:
        raise ValueError(f"{folder.name}: weights do not fit: {', '.join(wrong)}")
    return model


def _encoders(model: nn.Module) -> list[PreTrainedModel]:
    return list(model.get_submodule("encoders").children())


def _seed_folder(directory: Path, seed: int) -> Path:
    return directory / f"seed-{seed}"
