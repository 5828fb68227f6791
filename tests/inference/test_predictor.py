"""Checkpoints with weights: saved and loaded."""

import json
import math
import shutil
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from redsm5_hpo.core.errors import HpoError, StorageError
from redsm5_hpo.core.files import read_json, write_json
from redsm5_hpo.core.folders import seal
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.inference.checkpoint import save_checkpoint
from redsm5_hpo.inference.predictor import load_predictor, save_seed
from redsm5_hpo.modeling.encoders import load_encoder, load_tokenizer
from redsm5_hpo.training.data.dataset import make_dataset
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.prediction import predict
from tests.disks import full_disk
from tests.training.builders import ARCHITECTURES, CPU, CRITERIA, configured, learnable_corpus, spec, training

ORIGIN = {"epochs": 2, "stage": "hpo_s2", "stop_epoch": 1, "trial": 3, "value": 0.75}
TEST = learnable_corpus(8, first=40)


def fitted(splits, architecture, configuration, seed=1, stop_epoch=1):
    return fit_all_epochs(spec(splits, architecture, epochs=2), configuration, seed, stop_epoch)[0]


def save(directory, architecture, configuration, *models):
    """Save models as seeds 1, 2, ..."""
    seeds = range(1, len(models) + 1)
    for seed, model in zip(seeds, models, strict=True):
        save_seed(directory, seed, model, tokenizers(architecture, configuration.encoder_params))
    save_checkpoint(directory, spec(Path(), architecture), configuration, seeds, Calibration(), ORIGIN, CRITERIA)
    return directory


def expected(architecture, configuration, *models):
    """The predictions of models that were never saved, and their loss."""
    test = examples(TEST, architecture)
    data = make_dataset(test, architecture, configuration.encoder_params, CPU)
    predictions, loss, _ = predict(
        models,
        data.batches,
        data.windows,
        CPU,
        batch_size=training().eval_batch_size,
    )
    return predictions.by_example(len(test)), loss


def predicted_by(predictor, architecture="share"):
    """The predictions of a loaded model, and its loss."""
    found = predictor.predict(examples(TEST, architecture))
    return found.predictions, found.loss


ENCODERS = {**{name: (name, ("bert",)) for name in ARCHITECTURES}, "joint, two encoders": ("joint", ("bert", "narrow"))}


@pytest.mark.parametrize(("architecture", "families"), ENCODERS.values(), ids=ENCODERS)
def test_a_loaded_model_predicts_the_same(tiny, splits, tmp_path, architecture, families):
    configuration = configured(*(tiny[family] for family in families))
    model = fitted(splits, architecture, configuration)
    predictor = load_predictor(save(tmp_path / "model", architecture, configuration, model))
    assert predicted_by(predictor, architecture) == expected(architecture, configuration, model)


CHANGED = {
    "adapters": {"adapter": "lora", "lora_target_modules": "all_linear", "lora_alpha": 64.0, "learning_rate": 0.03},
    "tied encoders": {"tie_encoders": True},
    "another fusion": {"fusion": "film"},
}


@pytest.mark.parametrize("values", CHANGED.values(), ids=CHANGED)
def test_a_loaded_model_of_another_shape_predicts_the_same(tiny, splits, tmp_path, values):
    configuration = configured(tiny["bert"], **values)
    model = fitted(splits, "joint", configuration, stop_epoch=2)
    directory = save(tmp_path / "model", "joint", configuration, model)
    predictions, loss = predicted_by(load_predictor(directory), "joint")
    before, loss_before = expected("joint", configuration, model)
    assert loss == pytest.approx(loss_before, rel=1e-4)
    for prediction, one in zip(predictions, before, strict=True):
        assert prediction.status_log_odds == pytest.approx(one.status_log_odds, abs=1e-4)
        assert prediction.span == one.span


def test_saved_adapters_are_merged_into_plain_weights(tiny, splits, tmp_path):
    configuration = configured(tiny["bert"], adapter="lora", learning_rate=0.03)
    model, _ = fit_all_epochs(spec(splits, "share", epochs=1), configuration, 1, 1)
    save_seed(tmp_path, 1, model, tokenizers("share", configuration.encoder_params))
    folders = (tiny["bert"], tmp_path / "seed-1/encoder-0")
    published, found = (load_file(folder / "model.safetensors") for folder in folders)
    different = {name.rsplit(".", 2)[1] for name in found if not torch.equal(found[name], published[name])}
    assert different == {"query", "value"}


@pytest.fixture(scope="module")
def saved_once(tiny, tmp_path_factory):
    """Makes a checkpoint of share with two seeds, once; returns it with its configuration and its models."""

    @cache
    def made(splits):
        configuration = configured(tiny["bert"])
        models = [fitted(splits, "share", configuration, seed) for seed in (1, 2)]
        return save(folder / "model", "share", configuration, *models), configuration, models

    folder = tmp_path_factory.mktemp("saved")
    for name, size, first in (("train", 16, 0), ("val", 8, 16)):
        learnable_corpus(size, first).save(folder / "splits" / name)
    return lambda: made(folder / "splits")


@pytest.fixture
def saved(saved_once, tmp_path):
    """The same with a copy of the checkpoint, which a test may change."""
    directory, configuration, models = saved_once()
    return Path(shutil.copytree(directory, tmp_path / "model")), configuration, models


def test_several_seeds_predict_with_their_mean_probability(saved):
    directory, configuration, models = saved
    predictions, _ = predicted_by(load_predictor(directory))
    alone = [expected("share", configuration, model)[0] for model in models]
    odds = [[prediction.status_log_odds for prediction in of_model] for of_model in alone]
    for prediction, *each in zip(predictions, *odds, strict=True):
        mean = sum(1 / (1 + math.exp(-value)) for value in each) / len(each)
        assert prediction.status_log_odds == pytest.approx(math.log(mean / (1 - mean)), abs=1e-4)
    assert predictions == expected("share", configuration, *models)[0]


def test_each_seed_alone_predicts_the_same_as_its_model(saved):
    directory, configuration, models = saved
    found = load_predictor(directory).predict(examples(TEST, "share"), by_seed=True).by_seed
    assert found == {seed: expected("share", configuration, model)[0] for seed, model in enumerate(models, 1)}


def test_a_moved_folder_predicts_the_same(saved, tmp_path):
    directory, configuration, models = saved
    moved = directory.rename(tmp_path / "elsewhere")
    assert predicted_by(load_predictor(moved)) == expected("share", configuration, *models)


def test_a_folder_needs_no_encoder_but_its_own(saved):
    directory, configuration, models = saved
    content = read_json(directory / "model.json")
    content["configuration"]["encoder"] = "/nowhere"
    write_json(directory / "model.json", content)
    seal(directory)
    assert predicted_by(load_predictor(directory)) == expected("share", configuration, *models)


def test_saving_twice_writes_the_same_bytes(saved, tmp_path):
    directory, configuration, models = saved
    again = save(tmp_path / "again", "share", configuration, *models)
    assert contents(directory) == contents(again)


def contents(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_no_saved_file_holds_a_path_of_this_machine(saved):
    directory, configuration, _ = saved
    files = contents(directory)
    model_json = json.loads(files.pop("model.json"))
    assert model_json["configuration"].pop("encoder") == configuration.encoder  # as in params.yaml, here a path
    root = str(directory.parents[2]).encode()
    assert [name for name, content in files.items() if root in content] == []
    assert root.decode() not in json.dumps(model_json)


def test_model_json_describes_the_model(saved):
    directory, configuration, _ = saved
    content = read_json(directory / "model.json")
    assert content["architecture"] == "share"
    assert content["seeds"] == [1, 2]
    assert content["origin"] == ORIGIN
    assert content["configuration"] == configuration.model_dump()
    assert load_predictor(directory).checkpoint.training == training()


def test_other_tools_can_read_an_encoder_of_the_folder(saved):
    directory, _, (first, _) = saved
    inner = directory / "seed-1/encoder-0"
    assert load_tokenizer(inner)("i feel sad")["input_ids"]
    found = load_encoder(inner).state_dict()
    assert all(found[name].equal(value) for name, value in first.encoders[0].state_dict().items())


def cut(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def edit(**changes):
    def change(path):
        write_json(path, {**read_json(path), **changes})

    return change


def with_heads(change):
    """Rewrites a heads file with its tensors changed."""
    return lambda path: save_file(change(load_file(path)), path)


def change_head_layers(path):
    content = read_json(path)
    write_json(path, {**content, "configuration": {**content["configuration"], "head_layers": 2}})


DAMAGES = {
    "heads lack a tensor": ("seed-2/heads.safetensors", with_heads(lambda heads: dict(list(heads.items())[1:]))),
    "heads hold another tensor": ("seed-2/heads.safetensors", with_heads(lambda heads: {**heads, "x": torch.ones(1)})),
    "model.json missing": ("model.json", lambda path: path.unlink()),
    "model.json is no JSON": ("model.json", lambda path: path.write_text("{")),
    "model.json is no mapping": ("model.json", lambda path: path.write_text("[]")),
    "model.json is empty": ("model.json", lambda path: path.write_text("{}")),
    "model.json of another architecture": ("model.json", edit(architecture="evidence")),
    "model.json of no architecture": ("model.json", edit(architecture="nonsense")),
    "model.json of other heads": ("model.json", change_head_layers),
    "model.json of more seeds": ("model.json", edit(seeds=[1, 2, 3])),
    "model.json of no seeds": ("model.json", edit(seeds=[])),
    "seed missing": ("seed-2", shutil.rmtree),
    "encoder missing": ("seed-2/encoder-0", shutil.rmtree),
    "heads missing": ("seed-2/heads.safetensors", lambda path: path.unlink()),
    "heads cut short": ("seed-2/heads.safetensors", cut),
    "heads empty": ("seed-1/heads.safetensors", lambda path: path.write_bytes(b"")),
    "encoder weights missing": ("seed-1/encoder-0/model.safetensors", lambda path: path.unlink()),
    "encoder weights cut short": ("seed-1/encoder-0/model.safetensors", cut),
    "encoder configuration missing": ("seed-1/encoder-0/config.json", lambda path: path.unlink()),
    "tokenizer missing": ("seed-1/encoder-0/tokenizer.json", lambda path: path.unlink()),
}


@pytest.mark.parametrize(("name", "damage"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_folder_is_named(saved, name, damage):
    directory, _, _ = saved
    damage(directory / name)
    seal(directory)  # so that the checksums do not find the damage
    with pytest.raises(HpoError) as caught:
        load_predictor(directory).predict(examples(TEST, "share"))
    assert str(directory) in str(caught.value)


@pytest.mark.parametrize("room", [0, 2000, 20_000], ids=["full", "nearly full", "with little space"])
def test_a_full_disk_is_an_error(tiny, splits, tmp_path, room):
    configuration = configured(tiny["bert"])
    model = fitted(splits, "share", configuration)
    with full_disk(room), pytest.raises(StorageError, match=r"model/seed-1 cannot be written"):
        save(tmp_path / "model", "share", configuration, model)


SAVED = ("model.json", "seed-1/heads.safetensors", "seed-2/encoder-0/model.safetensors", "seed-1/encoder-0/config.json")


@pytest.mark.parametrize("name", [*SAVED, "seed-1/encoder-0/tokenizer.json", "SHA256SUMS"])
def test_a_flipped_bit_of_any_file_is_found(saved, name):
    directory, _, _ = saved
    path = directory / name
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(HpoError, match="is not a complete checkpoint"):
        load_predictor(directory)


def test_a_missing_folder_is_named_with_the_remedy(tmp_path):
    with pytest.raises(HpoError, match="is not a complete checkpoint") as caught:
        load_predictor(tmp_path / "nowhere")
    assert "nowhere" in caught.value.what
    assert "dvc repro refit" in caught.value.remedy
