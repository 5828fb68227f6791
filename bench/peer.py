"""The other side of a comparison: transformers.Trainer.hyperparameter_search with Trainer's own defaults.

criteria is a sentence-pair classifier, the other architectures a question-answering model on this project's windows;
dynamic padding, evaluation each epoch, nothing pruned. Prints one JSON line a precision; run.py and gpu.py call it. The
clock starts when all is imported and tokenized.
"""

import argparse
import json
import os
import tempfile
import time
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import numpy as np
import optuna
import torch
from sklearn.metrics import f1_score
from task import fit_settings, parse
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import (
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    EvalPrediction,
    PreTrainedModel,
    Trainer,
    TrainingArguments,
)
from transformers.utils import logging

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.modeling.encoders import encoder_directory
from redsm5_hpo.params import Configuration, EncoderParams
from redsm5_hpo.training.data.dataset import load_portion
from redsm5_hpo.training.device import choose_compute
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.model import tokenizers


class Windows(Dataset[dict[str, Any]]):
    """The windows of a portion, with the labels that Trainer's models read."""

    def __init__(self, architecture: Architecture, encoder: EncoderParams, portion: Portion) -> None:
        data = load_portion(portion, architecture, encoder, choose_compute("fp32"))
        self._set, self._pairs = data.windows, architecture == "criteria"
        self._bounds = np.concatenate([[0], np.cumsum(self._set.tokens.lengths)])

    def __len__(self) -> int:
        return len(self._set)

    def __getitem__(self, window: int) -> dict[str, Any]:
        flat = slice(self._bounds[window], self._bounds[window + 1])
        tokens = self._set.tokens
        item = {"input_ids": tokens.input_ids[flat].tolist(), "token_type_ids": tokens.token_type_ids[flat].tolist()}
        if self._pairs:
            return {**item, "labels": int(self._set.status[window])}
        start, end = self._set.gold[window, 0].tolist()
        return {**item, "start_positions": start, "end_positions": end}


def main() -> None:
    """Run the search in each precision and print how long each took."""
    options = parse(__doc__)
    logging.set_verbosity_error()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for precision in options.precisions:
        values = {} if precision == "fp32" else {precision: True}
        print(
            json.dumps(
                {"precision": precision, **_searched(make_trainer(*fit_settings(options), 7, **values), options)}
            )
        )


def _searched(trainer: Trainer, options: argparse.Namespace) -> dict[str, float]:
    started, used = time.perf_counter(), time.process_time()
    best = trainer.hyperparameter_search(
        hp_space=lambda trial: {
            "learning_rate": trial.suggest_float("learning_rate", 1e-5, 2e-4, log=True),
            "weight_decay": trial.suggest_float("weight_decay", 1e-5, 1e-1, log=True),
        },
        compute_objective=lambda metrics: metrics["eval_score"],
        n_trials=options.trials,
        direction="maximize",
        backend="optuna",
        sampler=optuna.samplers.TPESampler(seed=7),
        pruner=optuna.pruners.NopPruner(),
    )
    seconds = time.perf_counter() - started
    cpu = time.process_time() - used
    return {"seconds": round(seconds, 2), "cpu_s": round(cpu, 2), "best": round(best.objective, 4)}


class FirstState(nn.Module):
    """In place of a pooler: the state of the first token as it is."""

    def forward(self, states: Tensor) -> Tensor:
        """(B, T, H) to (B, H)."""
        return states[:, 0]


def make_trainer(
    spec: FitSpec,
    configuration: Configuration,
    seed: int,
    *,
    pooler: bool = True,
    **arguments: Any,  # noqa: ANN401
) -> Trainer:
    """A Trainer of the same fits, scored after each epoch as `eval_score`; `arguments` are TrainingArguments.

    Without `pooler` criteria's classifier reads the first token's state, as this project's does with cls pooling.
    """
    encoder = configuration.encoder_params
    return Trainer(
        model_init=lambda: _model(spec.architecture, configuration, pooler=pooler),
        args=_arguments(spec.epochs, seed, **arguments),
        train_dataset=Windows(spec.architecture, encoder, spec.train),
        eval_dataset=Windows(spec.architecture, encoder, spec.val or spec.train),
        data_collator=DataCollatorWithPadding(tokenizers(spec.architecture, encoder)[0]),
        compute_metrics=_f1 if spec.architecture == "criteria" else _exact,
    )


def _model(architecture: Architecture, configuration: Configuration, *, pooler: bool) -> PreTrainedModel:
    directory = encoder_directory(configuration.encoder)
    if architecture == "criteria":
        model = AutoModelForSequenceClassification.from_pretrained(directory, num_labels=2)
    else:
        model = AutoModelForQuestionAnswering.from_pretrained(directory)
    if frozen := configuration.frozen_layers:
        for module in (model.base_model.embeddings, *model.base_model.encoder.layer[:frozen]):
            module.requires_grad_(False)
    if not pooler:
        model.base_model.pooler = FirstState()
    return model


def _arguments(epochs: int, seed: int, **values: Any) -> TrainingArguments:  # noqa: ANN401
    return TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        num_train_epochs=epochs,
        per_device_train_batch_size=16,
        per_device_eval_batch_size=16,
        eval_strategy="epoch",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        logging_strategy="no",
        use_cpu=not torch.cuda.is_available(),
        seed=seed,
        **values,
    )


def _f1(predicted: EvalPrediction) -> dict[str, float]:
    return {"score": float(f1_score(predicted.label_ids, predicted.predictions.argmax(-1), average="macro"))}


def _exact(predicted: EvalPrediction) -> dict[str, float]:
    right = [logits.argmax(-1) == gold for logits, gold in zip(predicted.predictions, predicted.label_ids, strict=True)]
    return {"score": float(np.mean(right[0] & right[1]))}


if __name__ == "__main__":
    main()
