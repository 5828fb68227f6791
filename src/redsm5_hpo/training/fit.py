"""One fit, from a spec and a configuration to trained weights and their record.

Owns the kinds of fit: with validation (early stopping, pruning, the best epoch's weights), of fixed length with one
validation at its end, and of fixed length without validation. Each raises DivergedError if a loss is not finite,
OutOfTimeError if it takes longer than training.fit_timeout_minutes, and HpoError where the GPU fails. Does not choose
configurations; a search only passes in `should_stop`.
"""

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from torch import Tensor, nn

from redsm5_hpo.execution.timeout import time_limit
from redsm5_hpo.params import Configuration
from redsm5_hpo.training.cuda_graphs import CudaGraphs
from redsm5_hpo.training.data.cached_activations import forget_cached_activations, with_cached_activations
from redsm5_hpo.training.data.dataset import Dataset, load_portion, load_train
from redsm5_hpo.training.device import Compute, choose_compute
from redsm5_hpo.training.fit_errors import DivergedError, OutOfTimeError
from redsm5_hpo.training.fit_record import EpochRecord, FitRecord
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.gpu_errors import explained_gpu_errors
from redsm5_hpo.training.gpus import limit_gpu_memory
from redsm5_hpo.training.loop import TrainingLoop
from redsm5_hpo.training.micro_batches import with_micro_batches
from redsm5_hpo.training.model import fresh_model
from redsm5_hpo.training.prediction import by_example, predict
from redsm5_hpo.training.scoring import Prediction, score

ShouldStop = Callable[[Sequence[float]], bool]


@dataclass(frozen=True)
class Fitted:
    """A trained model with the best epoch's weights, and the record of its fit."""

    model: nn.Module
    record: FitRecord


def fit(spec: FitSpec, configuration: Configuration, seed: int, should_stop: ShouldStop) -> Fitted:
    """Train with validation after each epoch; if memory runs out, again with smaller micro-batches.

    Args:
        spec: has a validation split.
        seed: the seeds of initialization, order and dropout are derived from it, each separately.
        should_stop: called with the f1_macro curve after each epoch but the last; true prunes the fit.
    """
    with _limits(spec):
        return with_micro_batches(configuration.batch_size, partial(_fit, spec, configuration, seed, should_stop))


@contextmanager
def _limits(spec: FitSpec) -> Iterator[None]:
    """A block that ends with OutOfTimeError after the timeout, and with HpoError where the GPU fails."""
    with explained_gpu_errors(), time_limit(spec.training.fit_timeout_seconds, OutOfTimeError):
        yield


def _fit(spec: FitSpec, configuration: Configuration, seed: int, should_stop: ShouldStop, micro_batches: int) -> Fitted:
    compute = choose_compute(spec.training.precision)
    loop = _start(spec, configuration, seed, compute, micro_batches)
    val = _validation_data(spec, configuration, loop.model, compute)
    epochs: list[EpochRecord] = []
    best_epoch = 0
    best_weights: list[Tensor] = []
    stopped: Literal["completed", "early", "pruned"] = "completed"
    for epoch in range(1, spec.epochs + 1):
        train_loss = loop.train_epoch()
        with loop.computing() as graphs:
            epochs.append(_validate(spec, configuration, loop.model, val, compute, train_loss, graphs)[0])
        if best_epoch == 0 or epochs[-1].f1_macro > epochs[best_epoch - 1].f1_macro:
            best_epoch = epoch
            best_weights.clear()  # first: two copies would take twice the memory of the weights
            best_weights += loop.snapshot()
        if epoch == spec.epochs:
            break
        if should_stop([record.f1_macro for record in epochs]):
            stopped = "pruned"
            break
        if stops_early([record.f1_macro for record in epochs], spec.training.early_stopping_patience):
            stopped = "early"
            break
    loop.restore(best_weights)
    return Fitted(loop.model, FitRecord(tuple(epochs), best_epoch, stopped, micro_batches))


def stops_early(curve: Sequence[float], patience: int) -> bool:
    """Whether so many epochs have gone by without a better f1_macro than the best, the first of equals."""
    return len(curve) - 1 - max(range(len(curve)), key=curve.__getitem__) >= patience


def fit_and_score(
    spec: FitSpec, configuration: Configuration, seed: int, stop_epoch: int
) -> tuple[EpochRecord, list[Prediction]]:
    """Train `stop_epoch` epochs as a refit does, then score once: no epoch is chosen by the score.

    Returns:
        the last epoch's record, and the predictions for the validation examples, in their order.
    """
    with _limits(spec):
        model, train_losses = _train(spec, configuration, seed, stop_epoch)
        compute = choose_compute(spec.training.precision)
        val = _validation_data(spec, configuration, model, compute)
        return _validate(spec, configuration, model, val, compute, train_losses[-1])


def fit_all_epochs(
    spec: FitSpec, configuration: Configuration, seed: int, stop_epoch: int
) -> tuple[nn.Module, list[float]]:
    """Train the first `stop_epoch` of the spec's epochs without validation; returns the model and its train losses."""
    with _limits(spec):
        return _train(spec, configuration, seed, stop_epoch)


def _train(spec: FitSpec, configuration: Configuration, seed: int, stop_epoch: int) -> tuple[nn.Module, list[float]]:
    def train(micro_batches: int) -> tuple[nn.Module, list[float]]:
        loop = _start(spec, configuration, seed, choose_compute(spec.training.precision), micro_batches)
        return loop.model, [loop.train_epoch() for _ in range(stop_epoch)]

    return with_micro_batches(configuration.batch_size, train)


def _start(
    spec: FitSpec, configuration: Configuration, seed: int, compute: Compute, micro_batches: int
) -> TrainingLoop:
    _limit_memory(spec, compute)
    train = load_train(spec, configuration, compute)
    frozen, device = spec.training.freeze_word_embeddings, compute.device
    model = fresh_model(spec.architecture, configuration, freeze_word_embeddings=frozen, seed=seed, device=device)
    batches = with_cached_activations(train, model, compute)
    return TrainingLoop(
        model, batches, configuration, compute, epochs=spec.epochs, seed=seed, micro_batches=micro_batches
    )


def _limit_memory(spec: FitSpec, compute: Compute) -> None:
    """On a GPU a fit starts without what earlier fits have cached: it must not depend on them."""
    if compute.device.type == "cuda":
        forget_cached_activations()
        gc.collect()
    limit_gpu_memory(compute.device, spec.training.gpu_memory_gb)


def _validation_data(spec: FitSpec, configuration: Configuration, model: nn.Module, compute: Compute) -> Dataset:
    if spec.val is None:
        raise ValueError("a fit with validation needs a validation split")
    val = load_portion(spec.val, spec.architecture, configuration.encoder_params, compute)
    return replace(val, batches=with_cached_activations(val, model, compute))


def _validate(
    spec: FitSpec,
    configuration: Configuration,
    model: nn.Module,
    val: Dataset,
    compute: Compute,
    train_loss: float,
    graphs: CudaGraphs | None = None,
) -> tuple[EpochRecord, list[Prediction]]:
    by_window, loss, _ = predict(
        [model],
        val.batches,
        val.windows,
        compute,
        batch_size=spec.training.eval_batch_size,
        graphs=graphs,
    )
    if not math.isfinite(loss):
        raise DivergedError(f"validation loss {loss}")
    predictions = by_example(by_window, configuration, val.examples)
    scored = score(spec.architecture, val.examples, predictions)
    return EpochRecord(train_loss, loss, scored.f1_macro, scored.accuracy), predictions
