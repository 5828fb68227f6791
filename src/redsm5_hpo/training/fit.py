"""One fit, from a plan and a configuration to trained weights and their record.

Owns the kinds of fit: with validation (early stopping, pruning, the best epoch's weights), of known length and scored
once at its end, and of known length alone. Does not choose configurations; knows the search only as a question asked
after each epoch.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from torch import Tensor, nn

from redsm5_hpo.params import Configuration
from redsm5_hpo.training.cached_activations import with_cached_activations
from redsm5_hpo.training.data import PartData, load_portion
from redsm5_hpo.training.device import Compute, choose_compute
from redsm5_hpo.training.failures import DivergedError
from redsm5_hpo.training.limit import time_limit
from redsm5_hpo.training.loop import TrainingLoop
from redsm5_hpo.training.memory import in_less_memory
from redsm5_hpo.training.model import fresh_model
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.prediction import predict
from redsm5_hpo.training.records import EpochRecord, FitRecord
from redsm5_hpo.training.scoring import Answer, score


@dataclass(frozen=True)
class Fitted:
    """A trained model with the best epoch's weights, and how it came about."""

    model: nn.Module
    record: FitRecord


def fit(
    plan: FitPlan, configuration: Configuration, seed: int, should_stop: Callable[[Sequence[float]], bool]
) -> Fitted:
    """Train with validation after each epoch; in smaller parts where memory is short.

    Args:
        plan: with a validation part.
        configuration: the values of this fit.
        seed: of initialisation, order and dropout, each derived apart.
        should_stop: asked after each epoch with the f1_macro curve so far; true prunes the fit.

    Raises:
        DivergedError: a training or validation loss is not finite.
        OutOfTimeError: it takes longer than training.fit_minutes.
    """
    plan = plan.of(configuration)
    with time_limit(plan.training.fit_seconds):
        return in_less_memory(
            configuration.batch_size, lambda parts: _fit(plan, configuration, seed, should_stop, parts)
        )


def _fit(
    plan: FitPlan, configuration: Configuration, seed: int, should_stop: Callable[[Sequence[float]], bool], parts: int
) -> Fitted:
    compute = choose_compute(plan.training.precision)
    loop = _start(plan, configuration, seed, compute, parts)
    val = _validation_data(plan, loop.model, compute)
    epochs: list[EpochRecord] = []
    best_epoch = 0
    best_weights: list[Tensor] = []  # the first epoch fills it
    stopped: Literal["completed", "early", "pruned"] = "completed"
    for epoch in range(1, plan.epochs + 1):
        epochs.append(_validate(plan, configuration, loop.model, val, compute, loop.train_epoch())[0])
        if best_epoch == 0 or epochs[-1].f1_macro > epochs[best_epoch - 1].f1_macro:
            best_epoch = epoch
            best_weights.clear()  # before the next copy is made: two of them are an encoder's weights twice
            best_weights += loop.snapshot()
        if epoch == plan.epochs:
            break
        if should_stop([record.f1_macro for record in epochs]):
            stopped = "pruned"
            break
        if epoch - best_epoch >= plan.training.patience_epochs:
            stopped = "early"
            break
    loop.restore(best_weights)
    return Fitted(loop.model, FitRecord(tuple(epochs), best_epoch, stopped, parts))


def fit_and_score(
    plan: FitPlan, configuration: Configuration, seed: int, stop_epoch: int
) -> tuple[EpochRecord, list[Answer]]:
    """Train `stop_epoch` epochs as a refit does, then score once: no epoch is chosen by the score.

    Returns:
        the last epoch's record, and the answers to the validation examples in their order.

    Raises:
        DivergedError: a training or validation loss is not finite.
        OutOfTimeError: it takes longer than training.fit_minutes.
    """
    plan = plan.of(configuration)
    with time_limit(plan.training.fit_seconds):
        model, train_losses = _train(plan, configuration, seed, stop_epoch)
        compute = choose_compute(plan.training.precision)
        val = _validation_data(plan, model, compute)
        return _validate(plan, configuration, model, val, compute, train_losses[-1])


def fit_all_epochs(
    plan: FitPlan, configuration: Configuration, seed: int, stop_epoch: int
) -> tuple[nn.Module, list[float]]:
    """Train `stop_epoch` epochs of the plan's schedule without validation; returns the model and its train losses.

    Raises:
        DivergedError: a training loss is not finite.
        OutOfTimeError: it takes longer than training.fit_minutes.
    """
    with time_limit(plan.training.fit_seconds):
        return _train(plan.of(configuration), configuration, seed, stop_epoch)


def _train(plan: FitPlan, configuration: Configuration, seed: int, stop_epoch: int) -> tuple[nn.Module, list[float]]:
    def train(parts: int) -> tuple[nn.Module, list[float]]:
        loop = _start(plan, configuration, seed, choose_compute(plan.training.precision), parts)
        return loop.model, [loop.train_epoch() for _ in range(stop_epoch)]

    return in_less_memory(configuration.batch_size, train)


def _start(plan: FitPlan, configuration: Configuration, seed: int, compute: Compute, parts: int) -> TrainingLoop:
    train = load_portion(plan.train, plan.architecture, plan.encoder, compute)
    model = fresh_model(
        plan.architecture,
        plan.encoder,
        configuration,
        freeze_word_embeddings=plan.training.freeze_word_embeddings,
        seed=seed,
    ).to(compute.device)
    batches = with_cached_activations(train, model, compute)
    return TrainingLoop(model, batches, configuration, compute, epochs=plan.epochs, seed=seed, parts=parts)


def _validation_data(plan: FitPlan, model: nn.Module, compute: Compute) -> PartData:
    if plan.val is None:
        raise ValueError("a fit with validation needs a validation part")
    val = load_portion(plan.val, plan.architecture, plan.encoder, compute)
    return replace(val, batches=with_cached_activations(val, model, compute))


def _validate(
    plan: FitPlan, configuration: Configuration, model: nn.Module, val: PartData, compute: Compute, train_loss: float
) -> tuple[EpochRecord, list[Answer]]:
    found, loss, _ = predict(
        [model],
        val.batches,
        val.windows,
        compute,
        batch_size=plan.training.eval_batch_size,
        status_weight=configuration.status_weight,
    )
    if not math.isfinite(loss):
        raise DivergedError(f"validation loss {loss}")
    answers = found.by_example(len(val.examples))
    scored = score(plan.architecture, val.examples, answers)
    return EpochRecord(train_loss, loss, scored.f1_macro, scored.accuracy), answers
