import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import encoder_directory, load_encoder
from redsm5_hpo.modeling.encoders.directory import READ_FILES

Copied = Callable[[str], Path]
PICKLES = ("pytorch_model.bin", "model.pt", "weights.pth", "last.ckpt")


def test_a_complete_directory_is_its_own_source(directory):
    assert encoder_directory(str(directory)) == directory


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", r"config\.json does not exist"),
        ("model.safetensors", "holds no safetensors weights"),
        ("tokenizer.json", "holds no tokenizer"),
    ],
)
def test_a_missing_file_is_named(copied: Copied, name: str, message: str):
    directory = copied("roberta")
    (directory / name).unlink()
    with pytest.raises(EncoderError, match=message):
        encoder_directory(str(directory))


@pytest.mark.parametrize("name", PICKLES)
def test_a_directory_with_pickled_weights_only_is_refused(copied: Copied, name: str):
    directory = copied("bert")
    (directory / "model.safetensors").rename(directory / name)
    with pytest.raises(EncoderError, match=rf"only {name}, which could run code(.|\n)*save_pretrained"):
        encoder_directory(str(directory))


def test_pickled_weights_are_ignored_if_there_are_safetensors(copied: Copied):
    directory = copied("bert")
    (directory / "pytorch_model.bin").write_bytes(b"no pickle at all")
    load_encoder(encoder_directory(str(directory)))


def test_an_encoder_that_brings_code_is_refused(copied: Copied):
    directory = copied("bert")
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "modeling.Model"}}))
    with pytest.raises(EncoderError, match="brings its own code"):
        encoder_directory(str(directory))


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is not JSON"), ("[]", "is not a mapping"), ('{"model_type": "t5"}', "model_type 't5'")],
    ids=["not JSON", "not a mapping", "another family"],
)
def test_an_unusable_configuration_is_refused(copied: Copied, text: str, message: str):
    directory = copied("bert")
    (directory / "config.json").write_text(text)
    with pytest.raises(EncoderError, match=message):
        encoder_directory(str(directory))


def test_a_file_is_refused(directory):
    with pytest.raises(EncoderError, match="is not a directory"):
        encoder_directory(str(directory / "config.json"))


def shard(directory: Path) -> list[str]:
    """Split the weights into two files, as save_pretrained does for large encoders."""
    weights = load_file(directory / "model.safetensors")
    (directory / "model.safetensors").unlink()
    shards = {name: f"model-0000{1 + number % 2}-of-00002.safetensors" for number, name in enumerate(sorted(weights))}
    for file in sorted(set(shards.values())):
        part = {name: weights[name] for name in weights if shards[name] == file}
        save_file(part, directory / file, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": shards}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index))
    return sorted(set(shards.values()))


def test_weights_in_shards_load_as_in_one_file(copied: Copied, saved: dict[str, Path]):
    directory = copied("bert")
    shard(directory)
    whole, sharded = load_encoder(saved["bert"]), load_encoder(encoder_directory(str(directory)))
    torch.testing.assert_close(dict(whole.state_dict()), dict(sharded.state_dict()))


def test_a_missing_shard_is_named(copied: Copied):
    directory = copied("bert")
    last = shard(directory)[-1]
    (directory / last).unlink()
    with pytest.raises(EncoderError, match=f"missing {last}"):
        encoder_directory(str(directory))


@pytest.mark.parametrize("file", ["../model.safetensors", "pytorch_model-00001.bin"], ids=["outside", "pickle"])
def test_an_index_may_only_name_shards_in_its_directory(copied: Copied, file: str):
    directory = copied("bert")
    shard(directory)
    (directory / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": file}}))
    with pytest.raises(EncoderError, match="not safetensors shards"):
        encoder_directory(str(directory))


def test_a_damaged_index_is_refused(copied: Copied):
    directory = copied("bert")
    shard(directory)
    (directory / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"index\.json is not an index of shards"):
        encoder_directory(str(directory))


@pytest.mark.parametrize("name", [*PICKLES, "tf_model.h5", "flax_model.msgpack", "modeling.py", "training_args.bin"])
def test_pickles_code_and_other_formats_are_never_fetched(name: str):
    assert not any(Path(name).match(pattern) for pattern in READ_FILES)
