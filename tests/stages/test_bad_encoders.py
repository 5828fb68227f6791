"""The first stage that loads an encoder, with unusable encoders."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from redsm5_hpo.core.files import write_json, write_yaml
from redsm5_hpo.training import workers
from stages import hpo, split
from tests.corpus.builders import synthetic_corpus
from tests.stages.failing_stage import error_of

ROOT = Path(__file__).parents[2]

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with splits."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "params.yaml", root)
    synthetic_corpus(40).save(root / "data/prepared")
    write_json(root / "data/prepared/splits.json", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        split.main()
    return root


@pytest.fixture
def encoder(tmp_path: Path, tiny: dict[str, Path], project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workers, "run_in_worker", lambda function: function())  # in this process, to save time
    setting(name="encoder", max_length=64, stride=16)
    return shutil.copytree(tiny["bert"], tmp_path / "encoder")


def setting(**values: object) -> None:
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    write_yaml(Path("params.yaml"), {**params, "encoder": {**params["encoder"], **values}})


def named(name: str) -> Change:
    return lambda _: setting(name=name)


def without(name: str) -> Change:
    return lambda directory: (directory / name).unlink()


def configured(**values: object) -> Change:
    def change(directory: Path) -> None:
        path = directory / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def truncated(directory: Path) -> None:
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def pickled(directory: Path) -> None:
    (directory / "model.safetensors").rename(directory / "pytorch_model.bin")


def embeddings_cut(directory: Path) -> None:
    weights = load_file(directory / "model.safetensors")
    name = next(name for name in weights if name.endswith("word_embeddings.weight"))
    weights[name] = weights[name][:50].clone()
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    configured(vocab_size=50)(directory)


BAD = {
    "a misspelled name": (named("bert_bsae"), "there is no encoder 'bert_bsae'", "did you mean bert_base or"),
    "a folder that is not there": (named("folder/encoder"), "folder/encoder cannot be fetched", "unset HF_HUB_OFFLINE"),
    "a dissimilar name": (named("zzz"), "there is no encoder 'zzz'", "set encoder.name to one of these"),
    "a file": (named("encoder/config.json"), "encoder/config.json is not a directory", "the directory that holds"),
    "no configuration": (without("config.json"), "encoder/config.json does not exist", "save_pretrained"),
    "no weights": (without("model.safetensors"), "encoder holds no safetensors weights", "save_pretrained"),
    "no tokenizer": (without("tokenizer.json"), "encoder holds no tokenizer", "save the encoder's tokenizer"),
    "pickled weights": (pickled, "only pytorch_model.bin, which could run code", "separate environment"),
    "code of its own": (configured(auto_map={"AutoModel": "x.Y"}), "brings its own code", "choose another encoder"),
    "another family": (
        configured(model_type="t5"),
        "of no supported family",
        "choose an encoder of a supported family",
    ),
    "truncated weights": (truncated, "encoder/model.safetensors is damaged", "fetch or save the encoder again"),
    "fewer embeddings than tokens": (embeddings_cut, "do not belong together", "save the tokenizer that"),
    "a window longer than its positions": (
        lambda _: setting(max_length=256, stride=16),
        "encoder.max_length is longer than the encoder's longest window\n  got: 256 tokens for encoder",
        "set encoder.max_length to 128 or less",
    ),
}


@pytest.mark.parametrize(("change", "message", "remedy"), BAD.values(), ids=BAD)
def test_an_unusable_encoder_stops_the_search_before_its_first_trial(
    encoder: Path,
    change: Change,
    message: str,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    change(encoder)
    printed = error_of(hpo.main, ("s0", "criteria"), monkeypatch, capsys)
    assert message in printed
    assert remedy in printed
