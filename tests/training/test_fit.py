"""One fit with tiny encoders on a learnable corpus."""

import math
import time
from dataclasses import replace

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.data.dataset import load_portion
from redsm5_hpo.training.fit import fit, fit_all_epochs
from redsm5_hpo.training.fit_errors import DivergedError, OutOfTimeError
from redsm5_hpo.training.fit_record import EpochRecord
from redsm5_hpo.training.loop import TrainingLoop
from redsm5_hpo.training.losses import Loss
from redsm5_hpo.training.prediction import predict
from redsm5_hpo.training.scoring import score
from redsm5_hpo.training.workers import training_workers
from tests.training.builders import ARCHITECTURES, CPU, configured, never, spec, weights


@pytest.fixture
def configuration(tiny):
    return configured(tiny["bert"])


def fit_to_bytes(*arguments):
    """A fit's record and weights, as values that can be compared and pickled."""
    fitted = fit(*arguments, never)
    return fitted.record, weights(fitted.model)


def refit_to_bytes(*arguments):
    model, losses = fit_all_epochs(*arguments)
    return losses, weights(model)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_is_the_same_record_and_the_same_bytes(configuration, splits, architecture):
    arguments = (spec(splits, architecture, epochs=2), configuration, 7)
    assert fit_to_bytes(*arguments) == fit_to_bytes(*arguments)


def test_another_seed_is_another_record_and_other_bytes(configuration, splits):
    first, second = (fit_to_bytes(spec(splits, "share"), configuration, seed) for seed in (7, 8))
    assert first[0] != second[0]
    assert first[1] != second[1]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_worker_makes_the_same_bytes_as_this_process(configuration, splits, precision):
    arguments = (spec(splits, "share", epochs=2, precision=precision), configuration, 7)
    with training_workers(1) as pool:
        apart = pool.submit(fit_to_bytes, *arguments).result()
    assert apart == fit_to_bytes(*arguments)


@pytest.mark.usefixtures("server")
def test_a_worker_that_fitted_before_makes_the_same_bytes(configuration, splits):
    arguments = (spec(splits, "share", epochs=1), configuration)
    with training_workers(1) as pool:
        pool.submit(fit_to_bytes, *arguments, 1).result()
        second = pool.submit(fit_to_bytes, *arguments, 7).result()
    assert second == fit_to_bytes(*arguments, 7)


def test_earlier_random_numbers_of_torch_do_not_matter(configuration, splits):
    arguments = (spec(splits, "share", epochs=1), configuration, 7)
    expected = fit_to_bytes(*arguments)
    torch.rand(5)
    assert fit_to_bytes(*arguments) == expected


DROPS = {"criteria": 0.5, "evidence": 0.75, "share": 0.8, "joint": 0.8}


@pytest.mark.parametrize(("architecture", "drop"), DROPS.items(), ids=DROPS)
def test_an_architecture_learns_a_learnable_corpus(configuration, splits, architecture, drop):
    record = fit(spec(splits, architecture, epochs=9), configuration, 1, never).record
    assert record.epochs[-1].train_loss < drop * record.epochs[0].train_loss


def test_joint_learns_with_two_different_encoders(tiny, splits):
    record = fit(spec(splits, "joint", 9), configured(tiny["bert"], tiny["narrow"]), 1, never).record
    assert record.epochs[-1].train_loss < 0.75 * record.epochs[0].train_loss


def curve(monkeypatch, *values):
    """Replaces the f1_macro of each epoch's validation; the losses stay those of the fit."""
    validate, scores = fit_module._validate, iter(values)

    def scored(*arguments):
        record, predictions = validate(*arguments)
        return replace(record, f1_macro=next(scores)), predictions

    monkeypatch.setattr(fit_module, "_validate", scored)


ENDINGS = {
    "all epochs": (9, (0.1, 0.2, 0.3, 0.4), "completed", 4, 4),
    "no better for one epoch": (1, (0.2, 0.1, 0.3, 0.4), "early", 2, 1),
    "no better for two epochs": (2, (0.1, 0.3, 0.2, 0.1), "completed", 4, 2),
    "as good is not better": (1, (0.2, 0.2, 0.3, 0.4), "early", 2, 1),
    "patience starts again": (2, (0.1, 0.0, 0.2, 0.1), "completed", 4, 3),
    "nothing ever scores": (2, (0.0, 0.0, 0.0, 0.0), "early", 3, 1),
}


@pytest.mark.parametrize(("patience", "scores", "stopped", "epochs", "best"), ENDINGS.values(), ids=ENDINGS)
def test_a_fit_ends(configuration, splits, monkeypatch, patience, scores, stopped, epochs, best):
    curve(monkeypatch, *scores)
    record = fit(spec(splits, "share", epochs=4, early_stopping_patience=patience), configuration, 1, never).record
    assert (record.stopped, len(record.epochs), record.best_epoch) == (stopped, epochs, best)


def test_pruning_sees_the_growing_curve_and_ends_the_fit(configuration, splits, monkeypatch):
    curve(monkeypatch, 0.1, 0.3, 0.2, 0.4)
    seen = []
    should_stop = lambda so_far: seen.append(so_far) or len(so_far) == 3  # noqa: E731 (one expression)
    fitted = fit(spec(splits, "share", epochs=4), configuration, 1, should_stop)
    assert seen == [[0.1], [0.1, 0.3], [0.1, 0.3, 0.2]]
    assert (fitted.record.stopped, fitted.record.best_epoch) == ("pruned", 2)


def test_a_fit_is_not_pruned_after_its_last_epoch(configuration, splits):
    record = fit(spec(splits, "share", epochs=1), configuration, 1, lambda _: True).record
    assert record.stopped == "completed"


def revalidated(model, fit_spec, configuration):
    val = load_portion(fit_spec.val, fit_spec.architecture, configuration.encoder_params, CPU)
    predictions, loss, _ = predict(
        [model],
        val.batches,
        val.windows,
        CPU,
        batch_size=fit_spec.training.eval_batch_size,
    )
    found = score(fit_spec.architecture, val.examples, predictions.by_example(len(val.examples)))
    return loss, found.f1_macro, found.accuracy


def test_the_model_has_the_weights_of_the_best_epoch(configuration, splits, monkeypatch):
    curve(monkeypatch, 0.1, 0.9, 0.2, 0.3)
    fit_spec = spec(splits, "share", epochs=4)
    fitted = fit(fit_spec, configuration, 1, never)
    best = fitted.record.epochs[1]
    assert revalidated(fitted.model, fit_spec, configuration)[0] == pytest.approx(best.loss, rel=1e-6)
    assert {record.loss for record in fitted.record.epochs} != {best.loss}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_models_score_is_the_records_best(configuration, splits, architecture):
    fit_spec = spec(splits, architecture, epochs=4)
    fitted = fit(fit_spec, configuration, 1, never)
    best = fitted.record.epochs[fitted.record.best_epoch - 1]
    assert revalidated(fitted.model, fit_spec, configuration) == pytest.approx(
        (best.loss, best.f1_macro, best.accuracy)
    )
    assert best.f1_macro == max(record.f1_macro for record in fitted.record.epochs)


def test_the_validation_loss_weighs_both_heads_the_same_whatever_training_does(configuration, splits):
    fit_spec, weighed = spec(splits, "share", epochs=1), configuration.with_values({"status_weight": 0.9})
    fitted = fit(fit_spec, weighed, 1, never)
    val = load_portion(fit_spec.val, "share", weighed.encoder_params, CPU)
    (batch,) = val.batches.by_length(99)
    with torch.inference_mode():
        loss = Loss(0.5)(fitted.model(batch.tokens, batch.criteria_tokens), batch.status, batch.gold)
    assert fitted.record.epochs[0].loss == pytest.approx(float(loss), rel=1e-5)


def test_a_loss_that_is_not_finite_ends_the_fit(configuration, splits, monkeypatch):
    def poisoned(*args, **settings):
        model = fresh(*args, **settings)
        torch.nn.init.constant_(model.status.head[-1].bias, math.nan)
        return model

    fresh = fit_module.fresh_model
    monkeypatch.setattr(fit_module, "fresh_model", poisoned)
    with pytest.raises(DivergedError, match="training loss nan in epoch 1"):
        fit(spec(splits, "share"), configuration, 1, never)


def test_a_validation_loss_that_is_not_finite_ends_the_fit(configuration, splits, monkeypatch):
    monkeypatch.setattr(fit_module, "predict", lambda *_, **__: (None, math.inf, []))
    with pytest.raises(DivergedError, match="validation loss inf"):
        fit(spec(splits, "share"), configuration, 1, never)


KINDS = {
    "with validation": lambda *arguments: fit(*arguments, 1, never),
    "of fixed length": lambda *arguments: fit_all_epochs(*arguments, 1, 9),
}


@pytest.mark.parametrize("run", KINDS.values(), ids=KINDS)
def test_a_fit_that_hangs_ends_at_its_timeout(configuration, splits, monkeypatch, run):
    monkeypatch.setattr(TrainingLoop, "train_epoch", lambda _: time.sleep(60))
    # Long enough that the alarm comes while the fit hangs, and not while it loads a model.
    with pytest.raises(OutOfTimeError, match=r"not finished after 1\.2 s"):
        run(spec(splits, "share", fit_timeout_minutes=0.02), configuration)


def test_a_huge_learning_rate_ends_in_finite_records_or_divergence(configuration, splits):
    wild = configuration.with_values({"learning_rate": 1.0, "head_learning_rate_factor": 1000.0, "max_grad_norm": 1e6})
    try:
        epochs = fit(spec(splits, "criteria", epochs=4), wild, 1, never).record.epochs
    except DivergedError as error:
        assert "loss" in str(error)
    else:
        assert all(math.isfinite(value) for record in epochs for value in vars(record).values())


@pytest.mark.parametrize("frozen", [True, False], ids=["frozen", "free"])
def test_word_embeddings_change_exactly_if_they_are_not_frozen(configuration, splits, frozen):
    name = "encoders.0.embeddings.word_embeddings.weight"
    words = [
        weights(fit_all_epochs(spec(splits, "share", freeze_word_embeddings=frozen), configuration, 1, epochs)[0])[name]
        for epochs in (0, 1)
    ]
    assert (words[0] == words[1]) is frozen


def test_frozen_layers_keep_their_weights(configuration, splits):
    frozen = configuration.with_values({"frozen_layers": 1})
    before, after = (weights(fit_all_epochs(spec(splits, "share"), frozen, 1, epochs)[0]) for epochs in (0, 1))
    moved = {name for name in before if before[name] != after[name]}
    assert not any(name.startswith(("encoders.0.embeddings.", "encoders.0.encoder.layer.0.")) for name in moved)
    assert any(name.startswith("encoders.0.encoder.layer.1.") for name in moved)


def test_a_fit_without_validation_trains_the_requested_epochs(configuration, splits):
    _, losses = fit_all_epochs(spec(splits, "share", epochs=4), configuration, 1, 2)
    assert len(losses) == 2
    assert losses[1] < losses[0]


def test_a_fit_without_validation_repeats_the_epochs_of_one_with(configuration, splits):
    # The same data, learning rates and seed: a refit repeats the trial of the search.
    fit_spec = spec(splits, "share", epochs=4)
    record = fit(fit_spec, configuration, 1, never).record
    _, losses = fit_all_epochs(fit_spec, configuration, 1, 3)
    assert losses == [epoch.train_loss for epoch in record.epochs[:3]]


def test_a_fit_without_validation_is_the_same_bytes_again(configuration, splits):
    arguments = (spec(splits, "share", epochs=2), configuration, 1, 2)
    assert refit_to_bytes(*arguments) == refit_to_bytes(*arguments)


def test_a_fit_with_validation_needs_a_validation_split(configuration, splits):
    with pytest.raises(ValueError, match="needs a validation split"):
        fit(replace(spec(splits, "share"), val=None), configuration, 1, never)


def test_a_record_holds_plain_numbers(configuration, splits):
    record = fit(spec(splits, "share", epochs=1), configuration, 1, never).record
    assert {type(value) for value in vars(record.epochs[0]).values()} == {float}
    assert isinstance(record.epochs[0], EpochRecord)
