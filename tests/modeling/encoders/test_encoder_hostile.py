"""No content of an encoder's directory is ever run: it is refused or ignored."""

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import encoder_directory, load_encoder, load_tokenizer
from tests.hostile import edit_json, write_code, write_pickle, write_torch_pickle

Hostility = Callable[[Path, Path], None]  # changes a directory so that loading it carelessly would write the canary


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def as_weights(name: str, write: Hostility) -> Hostility:
    def change(directory: Path, canary: Path) -> None:
        (directory / "model.safetensors").unlink()
        write(directory / name, canary)

    return change


def linked(directory: Path, canary: Path) -> None:
    write_torch_pickle(directory.parent / "outside.bin", canary)
    (directory / "model.safetensors").unlink()
    (directory / "model.safetensors").symlink_to(directory.parent / "outside.bin")


def own_model(directory: Path, canary: Path) -> None:
    write_code(directory / "modeling.py", canary)
    edit_json(directory / "config.json", auto_map={"AutoConfig": "modeling.C", "AutoModel": "modeling.M"})


def sharded(shard: str) -> Hostility:
    def change(directory: Path, canary: Path) -> None:
        (directory / "model.safetensors").unlink()
        write_torch_pickle(directory / "pytorch_model.bin", canary)
        (directory / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": shard}}))

    return change


def other_weights(directory: Path, canary: Path) -> None:
    write_torch_pickle(directory / "adapter_model.bin", canary)
    edit_json(directory / "config.json", transformers_weights="adapter_model.bin")


def adapters(directory: Path, canary: Path) -> None:
    base = Path(shutil.copytree(directory, directory.parent / "base"))
    own_model(base, canary)
    write_torch_pickle(directory / "adapter_model.bin", canary)
    settings = {"base_model_name_or_path": str(base), "peft_type": "LORA", "task_type": None}
    (directory / "adapter_config.json").write_text(json.dumps(settings))


def trusting(directory: Path, canary: Path) -> None:
    own_model(directory, canary)
    edit_json(directory / "config.json", trust_remote_code=True)


REFUSED = {
    "pickled weights": as_weights("pytorch_model.bin", write_torch_pickle),
    "a pickle named safetensors": as_weights("model.safetensors", write_torch_pickle),
    "a plain pickle named safetensors": as_weights("model.safetensors", write_pickle),
    "a link to a pickle": linked,
    "code of its own": own_model,
    "a configuration that sets trust_remote_code": trusting,
    "an index of a shard outside the directory": sharded("../outside.safetensors"),
    "an index with an absolute path": sharded("/tmp/outside.safetensors"),  # noqa: S108 (never read)
    "an index of a pickle": sharded("pytorch_model.bin"),
    "a configuration that names other weights": other_weights,
    "adapters of an encoder elsewhere": adapters,
}


@pytest.mark.parametrize("loaded", [True, False], ids=["by load_encoder", "by encoder_directory"])
@pytest.mark.parametrize("hostility", REFUSED.values(), ids=REFUSED)
def test_a_hostile_encoder_is_refused_and_runs_nothing(
    copied: Callable[[str], Path], canary: Path, hostility: Hostility, loaded: bool
) -> None:
    directory = copied("bert")
    hostility(directory, canary)
    with pytest.raises(EncoderError):
        load_encoder(directory if loaded else encoder_directory(str(directory)))
    assert not canary.exists()


def with_file(name: str, write: Hostility) -> Hostility:
    return lambda directory, canary: write(directory / name, canary)


def own_tokenizer(**entries: object) -> Hostility:
    def change(directory: Path, canary: Path) -> None:
        write_code(directory / "tokenization.py", canary)
        edit_json(directory / "tokenizer_config.json", **entries)

    return change


def kernel(directory: Path, canary: Path) -> None:
    write_code(directory / "kernel.py", canary)
    edit_json(directory / "config.json", _attn_implementation=str(directory / "kernel.py"), use_kernels=True)


HARMLESS = {
    "pickled weights, too": with_file("pytorch_model.bin", write_torch_pickle),
    "pickled arguments": with_file("training_args.bin", write_pickle),
    "code": with_file("modeling_bert.py", write_code),
    "a tokenizer of its own": own_tokenizer(auto_map={"AutoTokenizer": ["tokenization.T", "tokenization.T"]}),
    "a tokenizer class of its own": own_tokenizer(tokenizer_class="tokenization.T"),
    "a tokenizer class by its name": own_tokenizer(tokenizer_class="T", auto_map=["tokenization.T", None]),
    "an attention kernel": kernel,
}


@pytest.mark.parametrize("hostility", HARMLESS.values(), ids=HARMLESS)
def test_files_that_are_not_read_are_harmless(
    copied: Callable[[str], Path], saved: dict[str, Path], canary: Path, hostility: Hostility
) -> None:
    directory = copied("bert")
    hostility(directory, canary)
    encoder = load_encoder(encoder_directory(str(directory)))
    torch.testing.assert_close(dict(encoder.state_dict()), dict(load_encoder(saved["bert"]).state_dict()))
    with contextlib.suppress(EncoderError):  # a refusal is fine, too
        load_tokenizer(directory)
    assert not canary.exists()


@pytest.mark.parametrize("write", [write_pickle, write_torch_pickle, write_code])
def test_the_payloads_run_if_they_are_loaded_carelessly(tmp_path: Path, canary: Path, write: Hostility) -> None:
    path = tmp_path / "payload"
    write(path, canary)
    if write is write_code:
        exec(path.read_text(), {})  # noqa: S102 (the point)
    else:
        with contextlib.suppress(RuntimeError):  # torch rejects a pickle without tensors after running it
            torch.load(path, weights_only=False)
    assert canary.exists()
