"""Fitted models on disk, and back."""

import json
import math
import shutil
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.folders import seal
from redsm5_hpo.errors import HpoError, StorageError
from redsm5_hpo.files import read_json, write_json
from redsm5_hpo.modeling.encoders import load_encoder, load_tokenizer
from redsm5_hpo.training.data import make_part
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.model_folder import save_description
from redsm5_hpo.training.prediction import predict
from redsm5_hpo.training.saving import load_predictor, save_seed
from redsm5_hpo.training.winner import Winner
from tests.disks import full_disk
from tests.training.builders import ARCHITECTURES, CONFIGURATION, CPU, encoder, learnable_corpus, plan

WINNER = Winner(configuration=CONFIGURATION, best_epoch=1, epochs=2, value=0.75, trial=3, stage="s2")
TEST = learnable_corpus(8, first=40)


def fitted(splits, architecture, encoder_params, seed=1):
    a_plan = plan(splits, architecture, encoder_params, epochs=2)
    return a_plan, fit_all_epochs(a_plan, CONFIGURATION, seed, 1)[0]


def save(directory, a_plan, **models):
    """Save models by seed; keywords read seed_1=model."""
    seeds = {int(name.removeprefix("seed_")): model for name, model in models.items()}
    for seed, model in seeds.items():
        save_seed(directory, seed, model, tokenizers(a_plan.architecture, a_plan.encoder))
    save_description(directory, a_plan, WINNER, list(seeds))
    return directory


def expected(a_plan, *models):
    """The answers of models that were never saved."""
    asked = examples(TEST, a_plan.architecture)
    part = make_part(asked, a_plan.architecture, a_plan.encoder, CPU)
    answers, loss, _ = predict(
        models,
        part.batches,
        part.windows,
        CPU,
        batch_size=a_plan.training.eval_batch_size,
        status_weight=CONFIGURATION.status_weight,
    )
    return answers.by_example(len(asked)), loss


def predicted_by(predictor, architecture="share"):
    """The answers of a loaded model, and its loss."""
    found = predictor.predict(examples(TEST, architecture))
    return found.answers, found.loss


ENCODERS = {**{name: (name, ("bert",)) for name in ARCHITECTURES}, "joint, two encoders": ("joint", ("bert", "narrow"))}


@pytest.mark.parametrize(("architecture", "families"), ENCODERS.values(), ids=ENCODERS)
def test_a_loaded_model_predicts_the_same(tiny, splits, tmp_path, architecture, families):
    a_plan, model = fitted(splits, architecture, encoder(*(tiny[family] for family in families)))
    predictor = load_predictor(save(tmp_path / "model", a_plan, seed_1=model))
    assert predicted_by(predictor, architecture) == expected(a_plan, model)


CHANGED = {
    "adapters": {"adapter": "lora", "lora_targets": "all_linear", "lora_alpha": 64.0, "learning_rate": 0.03},
    "tied encoders": {"tie_encoders": True},
    "another fusion": {"fusion": "film"},
}


@pytest.mark.parametrize("values", CHANGED.values(), ids=CHANGED)
def test_a_loaded_model_of_another_shape_predicts_the_same(tiny, splits, tmp_path, values):
    configuration = CONFIGURATION.with_values(values)
    a_plan = plan(splits, "joint", encoder(tiny["bert"]), epochs=2)
    model, _ = fit_all_epochs(a_plan, configuration, 1, 2)
    save_seed(tmp_path / "model", 1, model, tokenizers("joint", a_plan.encoder))
    save_description(tmp_path / "model", a_plan, WINNER.model_copy(update={"configuration": configuration}), [1])
    answers, loss = predicted_by(load_predictor(tmp_path / "model"), "joint")
    before, loss_before = expected(a_plan, model)
    assert loss == pytest.approx(loss_before, rel=1e-4)
    for answer, one in zip(answers, before, strict=True):
        assert answer.status_log_odds == pytest.approx(one.status_log_odds, abs=1e-4)
        assert answer.span == one.span


def test_saved_adapters_are_part_of_plain_weights(tiny, splits, tmp_path):
    a_plan = plan(splits, "share", encoder(tiny["bert"]), epochs=1)
    model, _ = fit_all_epochs(a_plan, CONFIGURATION.with_values({"adapter": "lora", "learning_rate": 0.03}), 1, 1)
    save_seed(tmp_path, 1, model, tokenizers("share", a_plan.encoder))
    folders = (tiny["bert"], tmp_path / "seed-1/encoder-0")
    published, found = (load_file(folder / "model.safetensors") for folder in folders)
    different = {name.rsplit(".", 2)[1] for name in found if not torch.equal(found[name], published[name])}
    assert different == {"query", "value"}


@pytest.fixture(scope="module")
def saved_once(tiny, tmp_path_factory):
    """Makes a folder of share with two seeds, its plan and its models, once."""

    @cache
    def made(splits):
        a_plan, first = fitted(splits, "share", encoder(tiny["bert"]), seed=1)
        _, second = fitted(splits, "share", encoder(tiny["bert"]), seed=2)
        return save(folder / "model", a_plan, seed_1=first, seed_2=second), a_plan, (first, second)

    folder = tmp_path_factory.mktemp("saved")
    for name, size, first in (("train", 16, 0), ("val", 8, 16)):
        learnable_corpus(size, first).save(folder / "splits" / name)
    return lambda: made(folder / "splits")


@pytest.fixture
def saved(saved_once, tmp_path):
    """A copy of them, to change."""
    directory, a_plan, models = saved_once()
    return Path(shutil.copytree(directory, tmp_path / "model")), a_plan, models


def test_several_seeds_predict_with_their_mean_probability(saved):
    directory, a_plan, models = saved
    answers, _ = predicted_by(load_predictor(directory))
    odds = [[answer.status_log_odds for answer in expected(a_plan, model)[0]] for model in models]
    for answer, *each in zip(answers, *odds, strict=True):
        mean = sum(1 / (1 + math.exp(-value)) for value in each) / len(each)
        assert answer.status_log_odds == pytest.approx(math.log(mean / (1 - mean)), abs=1e-4)
    assert answers == expected(a_plan, *models)[0]


def test_each_seed_alone_predicts_as_its_model_does(saved):
    directory, a_plan, models = saved
    found = load_predictor(directory).predict(examples(TEST, "share"), by_seed=True).by_seed
    assert found == {seed: expected(a_plan, model)[0] for seed, model in zip((1, 2), models, strict=True)}


def test_a_moved_folder_predicts_the_same(saved, tmp_path):
    directory, a_plan, models = saved
    moved = directory.rename(tmp_path / "elsewhere")
    assert predicted_by(load_predictor(moved)) == expected(a_plan, *models)


def test_a_folder_needs_no_encoder_but_its_own(saved):
    directory, a_plan, models = saved
    description = read_json(directory / "model.json")
    description["encoder"]["name"] = "/nowhere"
    write_json(directory / "model.json", description)
    seal(directory)
    assert predicted_by(load_predictor(directory)) == expected(a_plan, *models)


def test_saving_twice_writes_the_same_bytes(saved, tmp_path):
    directory, a_plan, (first, second) = saved
    again = save(tmp_path / "again", a_plan, seed_1=first, seed_2=second)
    assert contents(directory) == contents(again)


def contents(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_no_path_of_this_machine_stands_in_a_saved_file(saved):
    directory, a_plan, _ = saved
    files = contents(directory)
    description = json.loads(files.pop("model.json"))
    assert (
        description["encoder"].pop("name") == a_plan.encoder.name
    )  # what params.yaml says, a path only if that is one
    root = str(directory.parents[2]).encode()
    assert [name for name, content in files.items() if root in content] == []
    assert root.decode() not in json.dumps(description)


def test_the_description_says_what_the_model_is(saved):
    directory, a_plan, _ = saved
    description = read_json(directory / "model.json")
    assert description["architecture"] == "share"
    assert description["seeds"] == [1, 2]
    assert description["origin"] == WINNER.model_dump(exclude={"configuration", "decision"})
    assert description["configuration"] == CONFIGURATION.model_dump()
    assert load_predictor(directory).description.training == a_plan.training


def test_an_encoder_in_the_folder_is_one_that_other_tools_read(saved):
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


DAMAGES = {
    "heads lack a tensor": ("seed-2/heads.safetensors", with_heads(lambda heads: dict(list(heads.items())[1:]))),
    "heads hold another tensor": ("seed-2/heads.safetensors", with_heads(lambda heads: {**heads, "x": torch.ones(1)})),
    "description missing": ("model.json", lambda path: path.unlink()),
    "description no JSON": ("model.json", lambda path: path.write_text("{")),
    "description no mapping": ("model.json", lambda path: path.write_text("[]")),
    "description empty": ("model.json", lambda path: path.write_text("{}")),
    "description of another architecture": ("model.json", edit(architecture="evidence")),
    "description of no architecture": ("model.json", edit(architecture="nonsense")),
    "description of other heads": ("model.json", edit(configuration={**CONFIGURATION.model_dump(), "head_layers": 2})),
    "description of more seeds": ("model.json", edit(seeds=[1, 2, 3])),
    "description of no seeds": ("model.json", edit(seeds=[])),
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
    seal(directory)  # so that more than the checksums is asked
    with pytest.raises(HpoError) as caught:
        load_predictor(directory).predict(examples(TEST, "share"))
    assert str(directory) in str(caught.value)


@pytest.mark.parametrize("room", [0, 2000, 20_000], ids=["full", "nearly full", "for a part"])
def test_a_full_disk_is_said(tiny, splits, tmp_path, room):
    a_plan, model = fitted(splits, "share", encoder(tiny["bert"]))
    with full_disk(room), pytest.raises(StorageError, match=r"model/seed-1 cannot be written"):
        save(tmp_path / "model", a_plan, seed_1=model)


SAVED = ("model.json", "seed-1/heads.safetensors", "seed-2/encoder-0/model.safetensors", "seed-1/encoder-0/config.json")


@pytest.mark.parametrize("name", [*SAVED, "seed-1/encoder-0/tokenizer.json", "SHA256SUMS"])
def test_a_flipped_bit_of_any_file_is_found(saved, name):
    directory, _, _ = saved
    path = directory / name
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(HpoError, match="holds no whole model"):
        load_predictor(directory)


def test_a_missing_folder_is_named_with_the_remedy(tmp_path):
    with pytest.raises(HpoError, match="holds no whole model") as caught:
        load_predictor(tmp_path / "nowhere")
    assert "nowhere" in caught.value.what
    assert "dvc repro refit" in caught.value.remedy
