"""An encoder of the hub, from safetensors or from pickles, is on this machine whole or not at all."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file

from redsm5_hpo.core.errors import EncoderError, StorageError
from redsm5_hpo.modeling.encoders import (
    conversion,
    encoder_directory,
    fingerprint,
    hub,
    is_present,
    load_encoder,
    store,
)
from redsm5_hpo.modeling.encoders.fetch import fetched
from redsm5_hpo.modeling.encoders.unpickling_process import converted
from tests.disks import read_only_folder, small_disk
from tests.hostile import write_torch_pickle
from tests.modeling.encoders.loopback_hub import COMMIT, LATER, Hub, online, repository

WEIGHTS, PICKLE, INDEX = "model.safetensors", "pytorch_model.bin", "pytorch_model.bin.index.json"
NAME = "deberta_v3_base"


def pickled(tensors: dict[str, torch.Tensor], path: Path, *, old: bool = False) -> bytes:
    torch.save(tensors, path, _use_new_zipfile_serialization=not old)
    return path.read_bytes()


@pytest.fixture
def published(saved: dict[str, Path], tmp_path: Path) -> Hub:
    """A DeBERTa as its authors publish it: pickled weights alone."""
    directory = saved["deberta_v2"]
    return repository(directory, WEIGHTS, **{PICKLE: pickled(load_file(directory / WEIGHTS), tmp_path / PICKLE)})


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pickles are converted here: a process of its own, which test_encoder_conversion.py tests, imports torch anew."""

    def here(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        target, *pickles = command[command.index("--seconds") + 2 :]
        return subprocess.CompletedProcess(command, 0, json.dumps({**converted(pickles, target), "network": True}), "")

    monkeypatch.setattr(conversion.subprocess, "run", here)


@pytest.fixture
def plain(saved: dict[str, Path]) -> Hub:
    """The same with safetensors, which no process converts."""
    return repository(saved["deberta_v2"])


@pytest.fixture
def expected(saved: dict[str, Path]) -> dict[str, torch.Tensor]:
    return load_encoder(saved["deberta_v2"]).state_dict()


def equal(directory: Path, expected: dict[str, torch.Tensor]) -> bool:
    found = load_encoder(directory).state_dict()
    return found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in found)


def test_pickled_weights_are_converted_and_the_pickle_is_deleted(
    published: Hub, expected: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    with online(published, monkeypatch):
        directory = encoder_directory(NAME)
    assert equal(directory, expected)
    assert not list(store.root().rglob("*.bin"))
    source = json.loads((directory / store.SOURCE).read_text())
    assert source["converted"]["from"] == {PICKLE: hashlib.sha256(published.files[PICKLE]).hexdigest()}
    assert source["sha256"][WEIGHTS] == hashlib.sha256((directory / WEIGHTS).read_bytes()).hexdigest()
    assert (source["repository"], source["commit"]) == ("microsoft/deberta-v3-base", COMMIT)


def test_the_second_use_needs_no_hub(plain: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_present(NAME)
    with online(plain, monkeypatch):
        directory = encoder_directory(NAME)
    assert encoder_directory(NAME) == directory
    assert is_present(NAME)


def test_safetensors_are_preferred_and_nothing_is_converted(
    saved: dict[str, Path], expected: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = repository(saved["deberta_v2"], **{PICKLE: b"never read"})
    with online(both, monkeypatch):
        directory = encoder_directory(NAME)
    assert equal(directory, expected)
    assert (both.requests(PICKLE), directory.name) == ([], COMMIT)


def old_format(tensors: dict[str, torch.Tensor], folder: Path) -> dict[str, bytes]:
    return {PICKLE: pickled(tensors, folder / PICKLE, old=True)}


def old_names(tensors: dict[str, torch.Tensor], folder: Path) -> dict[str, bytes]:
    """As early checkpoints of a whole pretraining model: other names, a prefix, heads, tied weights, counts."""
    renamed = {
        "deberta."
        + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): each
        for name, each in tensors.items()
    }
    tied = renamed["deberta.embeddings.word_embeddings.weight"]
    more = {
        "lm_predictions.lm_head.bias": torch.zeros(3),
        "mask_predictions.dense.weight": torch.zeros(3, 3),
        "cls.predictions.decoder.weight": tied,
        "deberta.embeddings.position_ids": torch.arange(9)[None],
    }
    return {PICKLE: pickled({**renamed, **more}, folder / PICKLE)}


def _replaced(name: str, parts: dict[str, str]) -> str:
    for part, other in parts.items():
        name = name.replace(part, other)
    return name


def shards(tensors: dict[str, torch.Tensor], folder: Path) -> dict[str, bytes]:
    names = sorted(tensors)
    parts = {"pytorch_model-00001-of-00002.bin": names[::2], "pytorch_model-00002-of-00002.bin": names[1::2]}
    index = {"weight_map": {name: part for part, held in parts.items() for name in held}}
    files = {part: pickled({name: tensors[name] for name in held}, folder / part) for part, held in parts.items()}
    return {**files, INDEX: json.dumps(index).encode()}


@pytest.mark.usefixtures("no_process")
@pytest.mark.parametrize("form", [old_format, old_names, shards])
def test_every_form_of_old_weights_gives_the_same_encoder(
    published: Hub, expected: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form
) -> None:
    del published.files[PICKLE]
    published.files |= form(expected, tmp_path)
    with online(published, monkeypatch):
        assert equal(encoder_directory(NAME), expected)


@pytest.mark.usefixtures("no_process")
def test_half_precision_is_kept_in_the_file_and_widened_when_loaded(
    published: Hub, expected: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = {name: value.half() for name, value in expected.items()}
    published.files[PICKLE] = pickled(half, tmp_path / PICKLE)
    with online(published, monkeypatch):
        directory = encoder_directory(NAME)
    assert {value.dtype for value in load_file(directory / WEIGHTS).values()} == {torch.half}
    assert equal(directory, {name: value.float() for name, value in half.items()})


@pytest.mark.usefixtures("no_process")
def test_weights_that_lack_a_layer_are_refused_after_the_fetch(
    published: Hub, expected: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {name: value for name, value in expected.items() if "layer.1." not in name}
    published.files[PICKLE] = pickled(kept, tmp_path / PICKLE)
    with online(published, monkeypatch), pytest.raises(EncoderError, match=r"lack \d+ tensors(.|\n)*layer\.1\."):
        fetched(NAME)


def test_a_hostile_pickle_is_named_and_nothing_stays(
    published: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_torch_pickle(tmp_path / PICKLE, tmp_path / "canary")
    published.files[PICKLE] = (tmp_path / PICKLE).read_bytes()
    with online(published, monkeypatch), pytest.raises(EncoderError, match=r"not converted\n  got: .*pathlib\.Path"):
        encoder_directory(NAME)
    assert not (tmp_path / "canary").exists()
    assert not is_present(NAME)
    assert not list(store.root().rglob("*.part"))


def test_shards_that_the_index_does_not_name_are_refused(published: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    published.files[INDEX] = json.dumps({"weight_map": {"a": "pytorch_model-00001-of-00001.bin"}}).encode()
    with online(published, monkeypatch), pytest.raises(EncoderError, match="not those of its index"):
        encoder_directory(NAME)


def test_an_interrupted_transfer_is_continued(
    plain: Hub, expected: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.sent = 50_000
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1024)
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client waits before it tries again
    with online(plain, monkeypatch), pytest.raises(EncoderError, match=r"status 503(.|\n)*run again"):
        encoder_directory(NAME)
    plain.sent, plain.refusal = None, (0, "")
    with online(plain, monkeypatch):
        directory = encoder_directory(NAME)
    assert equal(directory, expected)
    assert plain.requests(WEIGHTS)[-1].startswith("bytes=")


def test_other_bytes_than_the_hub_lists_are_removed_and_fetched_anew(
    plain: Hub, expected: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.damaged = True
    with online(plain, monkeypatch), pytest.raises(EncoderError, match=rf"{WEIGHTS} of .* is not the file"):
        encoder_directory(NAME)
    plain.damaged = False
    with online(plain, monkeypatch):
        assert equal(encoder_directory(NAME), expected)


def test_a_family_that_is_not_supported_is_refused_before_its_weights_are_fetched(
    published: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.files["config.json"] = b'{"model_type": "gpt2"}'
    with online(published, monkeypatch), pytest.raises(EncoderError, match="no supported family"):
        encoder_directory(NAME)
    assert published.requests(PICKLE) == []


def test_a_repository_without_weights_is_refused(saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with online(repository(saved["bert"], WEIGHTS), monkeypatch), pytest.raises(EncoderError, match="without weights"):
        encoder_directory(NAME)


def test_a_gated_repository_explains_how_access_is_had(published: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    published.refusal = (403, "GatedRepo")
    with online(published, monkeypatch), pytest.raises(EncoderError, match=r"gated(.|\n)*request access at .*hf auth"):
        encoder_directory(NAME)


def test_a_disk_without_room_is_an_error_before_the_fetch(published: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(64) as disk, online(published, monkeypatch):
        monkeypatch.setattr(constants, "HF_HOME", str(disk))
        with pytest.raises(EncoderError, match=r"no room for encoder(.|\n)*set HF_HOME"):
            encoder_directory(NAME)
        assert published.requests(PICKLE) == []


def test_a_folder_that_may_not_be_written_is_an_error(plain: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with read_only_folder() as folder, online(plain, monkeypatch):
        monkeypatch.setattr(constants, "HF_HOME", str(folder))
        with pytest.raises(StorageError, match=r"cannot be written\n  got: Permission denied"):
            encoder_directory(NAME)


@pytest.mark.parametrize("kibibytes", [100, 200], ids=["fetched", "converted"])
def test_a_disk_that_is_full_after_all_leaves_no_encoder(
    published: Hub, monkeypatch: pytest.MonkeyPatch, kibibytes: int
) -> None:
    monkeypatch.setattr(hub, "_check_room", lambda *_, **__: None)
    with small_disk(kibibytes) as disk, online(published, monkeypatch):
        monkeypatch.setattr(constants, "HF_HOME", str(disk))
        with pytest.raises((EncoderError, StorageError), match="No space left"):
            encoder_directory(NAME)
        assert not is_present(NAME)
        assert not list(store.root().rglob("*.part"))


def test_a_branch_keeps_the_commit_that_it_stood_for(plain: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with online(plain, monkeypatch):
        first = encoder_directory(NAME)
    plain.commit = LATER
    with online(plain, monkeypatch):
        assert encoder_directory(NAME) == first
    assert store.known_commit("microsoft/deberta-v3-base", "main") == COMMIT


@pytest.mark.usefixtures("no_process")
def test_the_command_prints_the_commit_and_both_hashes(published: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with online(published, monkeypatch):
        text = fetched(NAME)
    weights = (store.encoder_folder("microsoft/deberta-v3-base", COMMIT) / WEIGHTS).read_bytes()
    for content in (published.files[PICKLE], weights):
        assert hashlib.sha256(content).hexdigest() in text
    assert COMMIT in text


def test_a_repository_and_its_short_name_are_the_same_encoder(plain: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with online(plain, monkeypatch):
        directory = encoder_directory("microsoft/deberta-v3-base")
    assert encoder_directory(NAME) == directory
    assert encoder_directory(f"microsoft/deberta-v3-base@{COMMIT}") == directory
    assert fingerprint(NAME) == fingerprint("microsoft/deberta-v3-base")


def test_another_revision_of_a_repository_is_another_encoder(plain: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with online(plain, monkeypatch):
        main = encoder_directory("org/name")
    plain.commit = LATER
    with online(plain, monkeypatch):
        assert encoder_directory("org/name@v2").name == LATER
        assert encoder_directory("org/name") == main


@pytest.mark.usefixtures("no_process")
def test_files_in_folders_are_not_fetched(published: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    published.files |= {"model-/../../x.safetensors": b"outside", "onnx/model.safetensors": b"other"}
    with online(published, monkeypatch):
        encoder_directory(NAME)
    assert published.requests("x.safetensors") == published.requests(WEIGHTS) == []
