"""Frozen layers are run once for all that reads the same windows, and nothing changes but the last digits."""

import shutil

import numpy as np
import pytest
import torch

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import EncoderParams
from redsm5_hpo.training import cached_activations
from redsm5_hpo.training.activation_store import ACTIVATIONS
from redsm5_hpo.training.cached_activations import common_frozen_layers, with_cached_activations
from redsm5_hpo.training.data import load_portion
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.model import fresh_model
from redsm5_hpo.training.prediction import predict
from tests.tiny_encoders import FAMILIES
from tests.training.builders import ARCHITECTURES, CONFIGURATION, CPU, encoder, never, plan

BF16 = Compute(torch.device("cpu"), "bf16")
HALF = {"atol": 2e-3, "rtol": 2e-3}  # half precision rounds by one part in 2,048
FROZEN = CONFIGURATION.with_values({"frozen_layers": 1})


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch):
    monkeypatch.setattr(cached_activations, "_KEPT", type(cached_activations._KEPT)())


def model_of(params: EncoderParams, architecture="share", seed=1, **values):
    configuration = FROZEN.with_values(values)
    return fresh_model(architecture, params, configuration, freeze_word_embeddings=True, seed=seed).eval()


def portion_of(splits, params, architecture="share", compute=CPU):
    return load_portion(plan(splits, architecture, params).train, architecture, params, compute)


def outputs(model, batches):
    with torch.no_grad():
        return [model(batch.tokens, batch.criteria_tokens) for batch in batches.by_length(8)]


def assert_equal_outputs(found, expected, **tolerance):
    for ours, theirs in zip(found, expected, strict=True):
        for name in ours._fields:
            if getattr(ours, name) is not None:
                torch.testing.assert_close(getattr(ours, name), getattr(theirs, name), **tolerance)


SIDES = {"one encoder's name": None, "another for criteria": "roberta"}


@pytest.mark.parametrize("criteria", SIDES.values(), ids=SIDES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_model_gives_the_same_outputs_from_cached_activations(tiny, splits, architecture, criteria):
    params = encoder(tiny["bert"], criteria and tiny[criteria])
    model, portion = model_of(params, architecture), portion_of(splits, params, architecture)
    kept = with_cached_activations(portion, model, CPU)
    assert all(batch.tokens.below and batch.criteria_tokens.below for batch in kept.by_length(8))
    assert_equal_outputs(outputs(model, kept), outputs(model, portion.batches), **HALF)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_frozen_layers_to_cache(tiny, splits, family):
    params = encoder(tiny[family])
    model, portion = model_of(params), portion_of(splits, params)
    kept = with_cached_activations(portion, model, CPU)
    assert_equal_outputs(outputs(model, kept), outputs(model, portion.batches), **HALF)


def test_bf16_activations_are_cached_to_its_rounding(tiny, splits):
    params = encoder(tiny["bert"])
    model, portion = model_of(params), portion_of(splits, params, compute=BF16)
    kept = with_cached_activations(portion, model, BF16)
    with BF16.autocast():
        assert_equal_outputs(outputs(model, kept), outputs(model, portion.batches), atol=0.05, rtol=0.05)


NOT_KEPT = {
    "nothing is frozen": {"frozen_layers": 0},
    "the lowest layer starts from random weights": {"reinitialised_layers": 2},
}


@pytest.mark.parametrize("values", NOT_KEPT.values(), ids=NOT_KEPT)
def test_layers_that_learn_are_run_each_time(tiny, splits, values):
    params = encoder(tiny["bert"])
    portion = portion_of(splits, params)
    assert with_cached_activations(portion, model_of(params, **values), CPU) is portion.batches


def test_more_states_than_there_is_room_for_are_not_kept(tiny, splits, monkeypatch):
    params = encoder(tiny["bert"])
    model, portion = model_of(params), portion_of(splits, params)
    size = 2 * 32 * sum(len(side.input_ids) for side in portion.batches.sides)
    monkeypatch.setattr(cached_activations, "_LARGEST", size - 1)
    assert with_cached_activations(portion, model, CPU) is portion.batches
    monkeypatch.setattr(cached_activations, "_LARGEST", size)
    assert with_cached_activations(portion, model, CPU) is not portion.batches


def count_runs(monkeypatch):
    runs, run = [], cached_activations.encode_below
    monkeypatch.setattr(
        cached_activations, "encode_below", lambda *asked: runs.append(len(asked[1].input_ids)) or run(*asked)
    )
    return runs


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_frozen_layers_see_each_window_once_in_all_fits(tiny, splits, monkeypatch, architecture):
    runs, made = count_runs(monkeypatch), plan(splits, architecture, encoder(tiny["bert"]), epochs=2)
    for seed, dropout in ((1, 0.1), (2, 0.3)):
        fit(made, FROZEN.with_values({"dropout": dropout}), seed, never)
        cached_activations._KEPT.clear()  # as in another process
    windows = sum(len(load_portion(part, architecture, made.encoder, CPU).windows) for part in (made.train, made.val))
    assert sum(runs) == windows


def test_another_number_of_frozen_layers_is_run_anew(tiny, splits, monkeypatch):
    runs, params = count_runs(monkeypatch), encoder(tiny["bert"])
    portion = portion_of(splits, params)
    for layers in (1, 2):
        with_cached_activations(portion, model_of(params, frozen_layers=layers), CPU)
    assert sum(runs) == 2 * len(portion.windows)


def test_other_weights_of_as_many_frozen_layers_are_run_anew(tiny, splits):
    params = encoder(tiny["bert"])
    portion, model = portion_of(splits, params), model_of(params)
    with_cached_activations(portion, model, CPU)
    words = model.encoders[0].embeddings.word_embeddings.weight
    words.data = words.data.flip(0)
    kept = with_cached_activations(portion, model, CPU)
    assert_equal_outputs(outputs(model, kept), outputs(model, portion.batches), **HALF)


def test_what_was_used_longest_ago_is_forgotten_first(tiny, splits, monkeypatch):
    params = encoder(tiny["bert"])
    portion = portion_of(splits, params)
    size = 2 * 32 * sum(len(side.input_ids) for side in portion.batches.sides)
    monkeypatch.setattr(cached_activations, "_KEPT_BYTES", 2 * size)
    one, two = model_of(params, frozen_layers=1), model_of(params, frozen_layers=2)
    other = portion_of(splits, encoder(tiny["bert"], max_length=60))
    for model, asked in ((one, portion), (two, portion), (one, portion), (one, other)):
        with_cached_activations(asked, model, CPU)
    read, names = cached_activations.stored, []
    monkeypatch.setattr(cached_activations, "stored", lambda *asked: names.append(asked[0].layers) or read(*asked))
    with_cached_activations(portion, one, CPU)
    assert names == []
    with_cached_activations(portion, two, CPU)
    assert names == [(2,)]


def test_pairs_are_run_once_for_all_architectures_that_read_them(tiny, splits, monkeypatch):
    params, runs = encoder(tiny["bert"]), count_runs(monkeypatch)
    for architecture in ("evidence", "share", "joint"):
        portion = portion_of(splits, params, architecture)
        with_cached_activations(portion, model_of(params, architecture), CPU)
    assert sum(runs) == len(portion.windows)


@pytest.mark.parametrize("criteria", SIDES.values(), ids=SIDES)
def test_some_posts_of_two_folders_read_what_was_computed_of_the_whole_folders(tiny, splits, monkeypatch, criteria):
    params = encoder(tiny["bert"], criteria and tiny[criteria])
    folders = (splits / "train", splits / "val")
    posts = [post.post_id for post in Portion(folders).load().posts]
    model = model_of(params, "joint")
    for folder in folders:
        with_cached_activations(load_portion(Portion((folder,)), "joint", params, CPU), model, CPU)
    runs = count_runs(monkeypatch)
    some = load_portion(Portion(folders, frozenset(posts[1::3])), "joint", params, CPU)
    kept = with_cached_activations(some, model, CPU)
    assert runs == []
    assert_equal_outputs(outputs(model, kept), outputs(model, some.batches), **HALF)


def test_activations_beyond_half_precision_are_not_cached(tiny, splits):
    params = encoder(tiny["bert"])
    portion, model = portion_of(splits, params), model_of(params)
    norm = model.encoders[0].encoder.layer[0].output.LayerNorm.weight
    norm.data = norm.data * 1e6
    assert with_cached_activations(portion, model, CPU) is portion.batches


def test_fits_are_the_same_bytes_whatever_was_kept_before(tiny, splits):
    made = plan(splits, "joint", encoder(tiny["bert"]), epochs=2, precision="bf16")
    first = fit(made, FROZEN, 3, never).record
    fit(made, FROZEN.with_values({"frozen_layers": 2}), 4, never)
    cached_activations._KEPT.clear()
    assert fit(made, FROZEN, 3, never).record == first  # from the disk
    cached_activations._KEPT.clear()
    shutil.rmtree(ACTIVATIONS)
    assert fit(made, FROZEN, 3, never).record == first


def test_models_of_one_frozen_part_run_it_once(tiny, splits, monkeypatch):
    params = encoder(tiny["bert"])
    part = load_portion(plan(splits, "share", params).val, "share", params, CPU)
    models = [model_of(params, seed=seed) for seed in (1, 2)]
    runs = count_runs(monkeypatch)
    answers, loss, each = predict(models, part.batches, part.windows, CPU, batch_size=8, status_weight=0.5, each=True)
    assert sum(runs) == len(part.windows)
    for model, own in zip(models, each, strict=True):
        alone, _, _ = predict([model], part.batches, part.windows, CPU, batch_size=8, status_weight=0.5)
        assert own.by_example(len(part.examples)) == alone.by_example(len(part.examples))
    monkeypatch.setattr("redsm5_hpo.training.prediction.common_frozen_layers", lambda *_: [])
    whole, whole_loss, _ = predict(models, part.batches, part.windows, CPU, batch_size=8, status_weight=0.5)
    assert answers.by_example(len(part.examples)) == whole.by_example(len(part.examples))
    assert loss == whole_loss


def test_models_that_differ_below_have_nothing_in_common(tiny):
    params = encoder(tiny["bert"])
    models = [model_of(params, seed=seed) for seed in (1, 2)]
    assert common_frozen_layers(models, 1)
    words = models[1].encoders[0].embeddings.word_embeddings.weight
    words.data = words.data.clone()  # else they are the published ones of all models
    words.data[7, 3] += 1
    assert common_frozen_layers(models, 1) == []


def test_the_states_of_a_window_are_its_own(tiny, splits):
    params = encoder(tiny["bert"])
    model, portion = model_of(params), portion_of(splits, params)
    kept = with_cached_activations(portion, model, CPU)
    for batch in kept.shuffled(3, 1, np.random.default_rng(0)):
        tokens = batch[0].tokens
        alone = cached_activations.encode_below(model.encoders[0], tokens, 1)
        real = tokens.attention_mask.bool()
        torch.testing.assert_close(tokens.below.values[real], alone[real], **HALF)
