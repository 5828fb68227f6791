"""An encoder that cannot be used, given to the first stage that loads one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file, save_file

from redsm5_hpo.files import write_json, write_yaml
from redsm5_hpo.search import multistage
from redsm5_hpo.training.machine import describe_machine
from stages import hpo, split
from tests.corpus.builders import synthetic_corpus
from tests.stages.refusals import refused

ROOT = Path(__file__).parents[2]

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is split."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "params.yaml", root)
    synthetic_corpus(40).save(root / "data/prepared")
    write_json(root / "data/prepared/splits.json", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        split.main()
    return root


@pytest.fixture
def encoder(tmp_path: Path, tiny: dict[str, Path], parts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(parts, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(multistage, "machine_of_workers", describe_machine)  # here, which starts no process each time
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
    "a name misspelt": (named("bert_bsae"), "there is no encoder 'bert_bsae'", "did you mean bert_base or"),
    "the name of the hub": (named("FacebookAI/roberta-base"), "there is no encoder", "did you mean roberta_base?"),
    "a name of no likeness": (named("zzz"), "there is no encoder 'zzz'", "set encoder.name to one of these"),
    "a file": (named("encoder/config.json"), "encoder/config.json is no directory", "the directory that holds"),
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
    "torn weights": (truncated, "encoder/model.safetensors is damaged", "fetch or save the encoder again"),
    "fewer embeddings than tokens": (embeddings_cut, "do not belong together", "save the tokenizer that"),
    "a window beyond its positions": (
        lambda _: setting(max_length=256, stride=16),
        "encoder.max_length is longer than the encoder's longest window\n  got: 256 tokens for encoder",
        "set encoder.max_length to 128 or less",
    ),
}


@pytest.mark.parametrize(("change", "message", "remedy"), BAD.values(), ids=BAD)
def test_an_encoder_that_cannot_be_used_stops_the_search_before_it_begins(
    encoder: Path,
    change: Change,
    message: str,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(encoder)
    told = refused(hpo.main, ("s0", "criteria"), monkeypatch, capsys)
    assert message in told
    assert remedy in told
