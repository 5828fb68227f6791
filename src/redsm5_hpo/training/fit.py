"""One fit, from a plan and a configuration to trained weights and their record.

Owns the two kinds of fit: with validation (early stopping, pruning, the best epoch's weights) and without (a refit of
known length). Does not choose configurations; knows the search only as a question asked after each epoch.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import nn

from redsm5_hpo.params import Configuration
from redsm5_hpo.training.data import PartData, load_parts
from redsm5_hpo.training.device import Compute, choose_compute
from redsm5_hpo.training.loop import DivergedError, TrainingLoop
from redsm5_hpo.training.model import fresh_model
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.prediction import predict
from redsm5_hpo.training.records import EpochRecord, FitRecord
from redsm5_hpo.training.scoring import score

__all__ = ["DivergedError", "Fitted", "fit", "fit_all_epochs"]


@dataclass(frozen=True)
class Fitted:
    """A trained model with the best epoch's weights, and how it came about."""

    model: nn.Module
    record: FitRecord


def fit(
    plan: FitPlan, configuration: Configuration, seed: int, should_stop: Callable[[Sequence[float]], bool]
) -> Fitted:
    """Train with validation after each epoch.

    Args:
        plan: with a validation part.
        configuration: the values of this fit.
        seed: of initialisation, order and dropout, each derived apart.
        should_stop: asked after each epoch with the f1_macro curve so far; true prunes the fit.

    Raises:
        DivergedError: a training or validation loss is not finite.
    """
    if plan.val_part is None:
        raise ValueError("a fit with validation needs a validation part")
    compute = choose_compute(plan.training.precision)
    loop = _start(plan, configuration, seed, compute)
    val = load_parts((plan.val_part,), plan.architecture, plan.encoder, compute)
    epochs: list[EpochRecord] = []
    best_epoch, best_weights = 0, loop.snapshot()
    stopped: Literal["completed", "early", "pruned"] = "completed"
    for epoch in range(1, plan.epochs + 1):
        epochs.append(_validate(plan, configuration, loop.model, val, compute, loop.train_epoch()))
        if best_epoch == 0 or epochs[-1].f1_macro > epochs[best_epoch - 1].f1_macro:
            best_epoch, best_weights = epoch, loop.snapshot()
        if epoch == plan.epochs:
            break
        if should_stop([record.f1_macro for record in epochs]):
            stopped = "pruned"
            break
        if epoch - best_epoch >= plan.training.patience_epochs:
            stopped = "early"
            break
    loop.restore(best_weights)
    return Fitted(loop.model, FitRecord(tuple(epochs), best_epoch, stopped))


def fit_all_epochs(
    plan: FitPlan, configuration: Configuration, seed: int, stop_epoch: int
) -> tuple[nn.Module, list[float]]:
    """Train `stop_epoch` epochs of the plan's schedule without validation; returns the model and its train losses."""
    loop = _start(plan, configuration, seed, choose_compute(plan.training.precision))
    return loop.model, [loop.train_epoch() for _ in range(stop_epoch)]


def _start(plan: FitPlan, configuration: Configuration, seed: int, compute: Compute) -> TrainingLoop:
    train = load_parts(plan.train_parts, plan.architecture, plan.encoder, compute)
    model = fresh_model(
        plan.architecture,
        plan.encoder,
        configuration,
        freeze_word_embeddings=plan.training.freeze_word_embeddings,
        seed=seed,
    )
    return TrainingLoop(model, train.batches, configuration, compute, epochs=plan.epochs, seed=seed)


def _validate(
    plan: FitPlan, configuration: Configuration, model: nn.Module, val: PartData, compute: Compute, train_loss: float
) -> EpochRecord:
    answers, loss = predict(
        [model],
        val.batches,
        val.windows,
        compute,
        batch_size=plan.training.eval_batch_size,
        status_weight=configuration.status_weight,
    )
    if not math.isfinite(loss):
        raise DivergedError(f"validation loss {loss}")
    scored = score(plan.architecture, val.examples, answers.by_example(len(val.examples)))
    return EpochRecord(train_loss, loss, scored.f1_macro, scored.accuracy)
