"""Frozen layers are computed once for all readers of the same windows, and only the last digits change."""

import json
import shutil

import numpy as np
import pytest
import torch

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.training.data import cached_activations
from redsm5_hpo.training.data.activation_store import ACTIVATIONS
from redsm5_hpo.training.data.cached_activations import common_frozen_layers, with_cached_activations
from redsm5_hpo.training.data.dataset import load_portion, load_train
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.model import fresh_model
from redsm5_hpo.training.prediction import predict
from tests.tiny_encoders import FAMILIES
from tests.training.builders import ARCHITECTURES, CPU, configured, never, spec

BF16 = Compute(torch.device("cpu"), "bf16")
HALF = {"atol": 2e-3, "rtol": 2e-3}  # half precision rounds by one part in 2,048


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch):
    monkeypatch.setattr(cached_activations, "_CACHE", type(cached_activations._CACHE)())


@pytest.fixture
def frozen(tiny):
    return frozen_of(tiny["bert"])


def frozen_of(directory, criteria=None, **values):
    """A configuration with one frozen layer."""
    return configured(directory, criteria, **{"frozen_layers": 1, **values})


def model_of(configuration, architecture="share", seed=1, **values):
    changed = configuration.with_values(values)
    return fresh_model(architecture, changed, freeze_word_embeddings=True, seed=seed).eval()


def train_of(splits, configuration, architecture="share", compute=CPU):
    return load_portion(spec(splits, architecture).train, architecture, configuration.encoder_params, compute)


def outputs(model, batches):
    with torch.no_grad():
        return [model(batch.tokens, batch.criteria_tokens) for batch in batches.by_length(8)]


def tensors(found):
    """What is predicted, by name."""
    status = {} if found.status is None else {"status": found.status}
    return status if found.spans is None else {**status, "none": found.spans.none, "runs": found.spans.runs}


def assert_equal_outputs(found, expected, **tolerance):
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(tensors(ours), tensors(theirs), **tolerance)


SIDES = {"one encoder's name": None, "another for criteria": "roberta"}


@pytest.mark.parametrize("criteria", SIDES.values(), ids=SIDES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_model_gives_the_same_outputs_from_cached_activations(tiny, splits, architecture, criteria):
    frozen = frozen_of(tiny["bert"], criteria and tiny[criteria])
    model, portion = model_of(frozen, architecture), train_of(splits, frozen, architecture)
    cached = with_cached_activations(portion, model, CPU)
    assert all(batch.tokens.below and batch.criteria_tokens.below for batch in cached.by_length(8))
    assert_equal_outputs(outputs(model, cached), outputs(model, portion.batches), **HALF)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_frozen_layers_to_cache(tiny, splits, family):
    frozen = frozen_of(tiny[family])
    model, portion = model_of(frozen), train_of(splits, frozen)
    cached = with_cached_activations(portion, model, CPU)
    assert_equal_outputs(outputs(model, cached), outputs(model, portion.batches), **HALF)


def test_bf16_activations_are_cached_to_its_rounding(frozen, splits):
    model, portion = model_of(frozen), train_of(splits, frozen, compute=BF16)
    cached = with_cached_activations(portion, model, BF16)
    with BF16.autocast():
        assert_equal_outputs(outputs(model, cached), outputs(model, portion.batches), atol=0.05, rtol=0.05)


NOT_CACHED = {
    "nothing is frozen": {"frozen_layers": 0},
    "the lowest layer starts from random weights": {"reinitialized_layers": 2},
}


@pytest.mark.parametrize("values", NOT_CACHED.values(), ids=NOT_CACHED)
def test_layers_that_learn_are_not_cached(frozen, splits, values):
    portion = train_of(splits, frozen)
    assert with_cached_activations(portion, model_of(frozen, **values), CPU) is portion.batches


def test_activations_of_a_large_portion_are_not_cached(frozen, splits, monkeypatch):
    model, portion = model_of(frozen), train_of(splits, frozen)
    size = 2 * 32 * sum(len(side.input_ids) for side in portion.batches.sides)
    monkeypatch.setitem(cached_activations._MAX_PORTION_BYTES, "cpu", size - 1)
    assert with_cached_activations(portion, model, CPU) is portion.batches
    monkeypatch.setitem(cached_activations._MAX_PORTION_BYTES, "cpu", size)
    assert with_cached_activations(portion, model, CPU) is not portion.batches


def count_runs(monkeypatch):
    """The list of the number of windows of each run of frozen layers."""
    runs, run = [], cached_activations.encode_below

    def counted(encoder, tokens, layers):
        runs.append(len(tokens.input_ids))
        return run(encoder, tokens, layers)

    monkeypatch.setattr(cached_activations, "encode_below", counted)
    return runs


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_frozen_layers_read_each_window_once_in_all_fits(frozen, splits, monkeypatch, architecture):
    runs, two_epochs = count_runs(monkeypatch), spec(splits, architecture, epochs=2)
    for seed, values in enumerate(({"dropout": 0.1}, {"dropout": 0.3}, {"adapter": "lora"}, {"adapter": "lora"})):
        fit(two_epochs, frozen.with_values(values), seed, never)
        cached_activations._CACHE.clear()  # as in another process
    train = load_train(two_epochs, frozen, CPU)
    val = load_portion(two_epochs.val, architecture, frozen.encoder_params, CPU)
    assert sum(runs) == len(train.windows) + len(val.windows)


def test_another_number_of_frozen_layers_is_computed_separately(frozen, splits, monkeypatch):
    runs = count_runs(monkeypatch)
    portion = train_of(splits, frozen)
    for layers in (1, 2):
        with_cached_activations(portion, model_of(frozen, frozen_layers=layers), CPU)
    assert sum(runs) == 2 * len(portion.windows)


def test_other_weights_of_as_many_frozen_layers_are_computed_separately(frozen, splits):
    portion, model = train_of(splits, frozen), model_of(frozen)
    with_cached_activations(portion, model, CPU)
    words = model.encoders[0].embeddings.word_embeddings.weight
    words.data = words.data.flip(0)
    cached = with_cached_activations(portion, model, CPU)
    assert_equal_outputs(outputs(model, cached), outputs(model, portion.batches), **HALF)


@pytest.mark.parametrize("in_memory", [True, False], ids=["in memory", "on the disk"])
def test_the_same_weights_with_other_settings_are_computed_separately(tiny, splits, tmp_path, in_memory):
    shutil.copytree(tiny["bert"], tmp_path / "other")
    settings = json.loads((tmp_path / "other/config.json").read_text())
    (tmp_path / "other/config.json").write_text(json.dumps({**settings, "num_attention_heads": 2}))
    first, other = (frozen_of(directory) for directory in (tiny["bert"], tmp_path / "other"))
    portion, model = train_of(splits, first), model_of(other)
    with_cached_activations(portion, model_of(first), CPU)
    if not in_memory:
        cached_activations._CACHE.clear()
    cached = with_cached_activations(portion, model, CPU)
    assert_equal_outputs(outputs(model, cached), outputs(model, portion.batches), **HALF)
    assert common_frozen_layers([model_of(first), model], 1) == []


def test_the_least_recently_used_activations_are_removed_first(tiny, frozen, splits, monkeypatch):
    portion = train_of(splits, frozen)
    size = 2 * 32 * sum(len(side.input_ids) for side in portion.batches.sides)
    monkeypatch.setitem(cached_activations._MAX_PORTION_BYTES, "cpu", size)
    one, two = model_of(frozen, frozen_layers=1), model_of(frozen, frozen_layers=2)
    other = train_of(splits, frozen_of(tiny["bert"], max_length=60))
    for model, used in ((one, portion), (two, portion), (one, portion), (one, other)):
        with_cached_activations(used, model, CPU)
    read, layers = cached_activations.stored, []
    monkeypatch.setattr(cached_activations, "stored", lambda *args: layers.append(args[0].layers) or read(*args))
    with_cached_activations(portion, one, CPU)
    assert layers == []
    with_cached_activations(portion, two, CPU)
    assert layers == [(2,)]


def test_pairs_are_computed_once_for_all_architectures_that_read_them(frozen, splits, monkeypatch):
    runs = count_runs(monkeypatch)
    for architecture in ("evidence", "share", "joint"):
        portion = train_of(splits, frozen, architecture)
        with_cached_activations(portion, model_of(frozen, architecture), CPU)
    assert sum(runs) == len(portion.windows)


@pytest.mark.parametrize("criteria", SIDES.values(), ids=SIDES)
def test_some_posts_of_two_folders_use_the_activations_of_the_whole_folders(tiny, splits, monkeypatch, criteria):
    frozen = frozen_of(tiny["bert"], criteria and tiny[criteria])
    folders = (splits / "train", splits / "val")
    posts = [post.post_id for post in Portion(folders).load().posts]
    model = model_of(frozen, "joint")
    for folder in folders:
        with_cached_activations(load_portion(Portion((folder,)), "joint", frozen.encoder_params, CPU), model, CPU)
    runs = count_runs(monkeypatch)
    some = load_portion(Portion(folders, frozenset(posts[1::3])), "joint", frozen.encoder_params, CPU)
    cached = with_cached_activations(some, model, CPU)
    assert runs == []
    assert_equal_outputs(outputs(model, cached), outputs(model, some.batches), **HALF)


def test_activations_beyond_half_precision_are_not_cached(frozen, splits):
    portion, model = train_of(splits, frozen), model_of(frozen)
    norm = model.encoders[0].encoder.layer[0].output.LayerNorm.weight
    norm.data = norm.data * 1e6
    assert with_cached_activations(portion, model, CPU) is portion.batches


def test_fits_have_the_same_record_whatever_was_cached_before(frozen, splits):
    two_epochs = spec(splits, "joint", epochs=2, precision="bf16")
    first = fit(two_epochs, frozen, 3, never).record
    fit(two_epochs, frozen.with_values({"frozen_layers": 2}), 4, never)
    cached_activations._CACHE.clear()
    assert fit(two_epochs, frozen, 3, never).record == first  # from the disk
    cached_activations._CACHE.clear()
    shutil.rmtree(ACTIVATIONS)
    assert fit(two_epochs, frozen, 3, never).record == first


def test_models_with_the_same_frozen_layers_run_them_once(frozen, splits, monkeypatch):
    val = load_portion(spec(splits, "share").val, "share", frozen.encoder_params, CPU)
    models = [model_of(frozen, seed=seed) for seed in (1, 2)]
    runs = count_runs(monkeypatch)
    predictions, loss, each = predict(models, val.batches, val.windows, CPU, batch_size=8, each=True)
    assert sum(runs) == len(val.windows)
    for model, own in zip(models, each, strict=True):
        alone, _, _ = predict([model], val.batches, val.windows, CPU, batch_size=8)
        assert own.by_example(len(val.examples)) == alone.by_example(len(val.examples))
    monkeypatch.setattr("redsm5_hpo.training.prediction.common_frozen_layers", lambda *_: [])
    whole, whole_loss, _ = predict(models, val.batches, val.windows, CPU, batch_size=8)
    assert predictions.by_example(len(val.examples)) == whole.by_example(len(val.examples))
    assert loss == whole_loss


def test_models_with_different_lowest_weights_have_no_common_frozen_layers(frozen):
    models = [model_of(frozen, seed=seed) for seed in (1, 2)]
    assert common_frozen_layers(models, 1)
    words = models[1].encoders[0].embeddings.word_embeddings.weight
    words.data = words.data.clone()  # otherwise both models share the published ones
    words.data[7, 3] += 1
    assert common_frozen_layers(models, 1) == []


def test_the_cached_states_of_a_window_are_those_of_its_tokens(frozen, splits):
    model, portion = model_of(frozen), train_of(splits, frozen)
    cached = with_cached_activations(portion, model, CPU)
    for batch in cached.shuffled(3, 1, np.random.default_rng(0)):
        tokens = batch[0].tokens
        alone = cached_activations.encode_below(model.encoders[0], tokens, 1)
        real = tokens.attention_mask.bool()
        torch.testing.assert_close(tokens.below.values[real], alone[real], **HALF)
