"""Activations on disk: computed once, computed again if damaged, and deleted if the folder is too large."""

import errno
import fcntl
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import redsm5_hpo
from redsm5_hpo.core.errors import StorageError
from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.training.data import activation_store
from redsm5_hpo.training.data.activation_store import ACTIVATIONS, Source, stored
from redsm5_hpo.training.device import Compute
from tests.disks import read_only_folder, without_locks
from tests.training.builders import CPU

TOKENS = 6
VALUES = {"fp32": torch.arange(TOKENS * 4.0).view(TOKENS, 4).half(), "bf16": torch.full((TOKENS, 4), 0.1).bfloat16()}


def windows(first=7, boundary=3):
    ids = np.arange(first, first + TOKENS, dtype=np.int32)
    lengths, offsets = np.array([4, 2], dtype=np.int32), np.zeros((TOKENS, 2), dtype=np.int32)
    sentences = (np.arange(TOKENS) >= boundary).astype(np.int32)
    return EncodedWindows(
        ids, np.zeros(TOKENS, dtype=np.int8), lengths, np.arange(2, dtype=np.int32), offsets, sentences
    )


def source(layers=1, settings="{}", weight=1.0, compute=CPU, isolated=False, **tokens):
    return Source((layers,), (settings,), [torch.full((3,), weight)], [windows(**tokens)], isolated, compute)


class Counted:
    """Computes activations and counts its calls."""

    def __init__(self, values=VALUES["fp32"]):
        self.values, self.calls = values, 0

    def __call__(self):
        self.calls += 1
        return [self.values]


@pytest.mark.parametrize("precision", VALUES)
def test_activations_are_computed_once_and_then_read(precision):
    compute, computed = Compute(torch.device("cpu"), precision), Counted(VALUES[precision])
    first, second = (stored(source(compute=compute), computed) for _ in range(2))
    assert computed.calls == 1
    for found in (first, second):
        torch.testing.assert_close(found[0], VALUES[precision], rtol=0, atol=0)


OTHERS = {
    "number of layers": {"layers": 2},
    "settings of the encoder": {"settings": '{"hidden_act": "relu"}'},
    "weight": {"weight": 1.5},
    "token": {"first": 8},
    "isolated sentences": {"isolated": True},
    "precision": {"compute": Compute(torch.device("cpu"), "bf16")},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_another_source_has_another_file(change):
    assert source(**change).name() != source().name()


@pytest.mark.parametrize("path", ["modeling/encoding.py", "training/data/collate.py"])
def test_other_code_has_another_file(monkeypatch, tmp_path, path):
    """Also code that makes batches, by whose shapes a GPU rounds."""
    package = Path(redsm5_hpo.__file__).parent
    for folder in ("modeling", "training/data"):
        shutil.copytree(package / folder, tmp_path / "copy" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    here = source().name()
    monkeypatch.setattr(redsm5_hpo, "__file__", str(tmp_path / "copy" / "__init__.py"))
    assert source().name() == here
    (tmp_path / "copy" / path).write_text("")
    assert source().name() != here


def test_another_processor_has_another_file(monkeypatch):
    here = source().name()
    monkeypatch.setattr(activation_store, "processor_model", lambda: "another")
    assert source().name() != here


# GPUs that compute, and how many files they make.
GPUS = {"of a model": (["A", "A"], 1), "of two models": (["A", "B"], 2)}


@pytest.mark.parametrize(("models", "files"), GPUS.values(), ids=GPUS)
def test_all_gpus_of_a_model_have_the_same_file(monkeypatch, models, files):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: models[device.index])
    computes = [Compute(torch.device("cuda", number), "bf16") for number in range(len(models))]
    assert len({source(compute=compute).name() for compute in computes}) == files


@pytest.mark.parametrize("isolated", [False, True], ids=["windows", "isolated sentences"])
def test_sentences_count_only_where_they_are_isolated(isolated):
    names = {source(isolated=isolated, boundary=boundary).name() for boundary in (2, 3)}
    assert len(names) == 1 + isolated


@pytest.mark.parametrize("damage", [b"", b"PK"], ids=["empty", "cut"])
def test_a_damaged_file_is_computed_again(damage):
    computed = Counted()
    stored(source(), computed)
    (path,) = ACTIVATIONS.glob("*.npz")
    path.write_bytes(damage)
    assert torch.equal(stored(source(), computed)[0], computed.values)
    assert computed.calls == 2


def test_a_file_that_cannot_be_mapped_changes_no_activations(monkeypatch):
    monkeypatch.setattr(activation_store, "mapped_npz", lambda _: None)
    computed = Counted()
    assert torch.equal(stored(source(), computed)[0], computed.values)
    assert list(ACTIVATIONS.glob("*.npz"))


def test_a_file_system_without_locks_has_the_same_activations(monkeypatch):
    monkeypatch.setattr(fcntl, "flock", without_locks(errno.ENOLCK))
    computed = Counted()
    for _ in range(2):
        assert torch.equal(stored(source(), computed)[0], computed.values)
    assert computed.calls == 1


def test_a_flipped_bit_is_noticed():
    computed = Counted()
    stored(source(), computed)
    (path,) = ACTIVATIONS.glob("*.npz")
    content = bytearray(path.read_bytes())
    content[content.index(computed.values.numpy().tobytes()[8:16])] ^= 1
    path.write_bytes(content)
    assert torch.equal(stored(source(), computed)[0], computed.values)
    assert computed.calls == 2


def test_activations_that_are_not_finite_are_not_returned():
    assert stored(source(), Counted(torch.full((TOKENS, 4), torch.inf).half())) is None


def test_the_least_recently_used_file_is_deleted(monkeypatch):
    first, computed = source(1), Counted()
    for layers in (1, 2):
        stored(source(layers), computed)
    one, two = (ACTIVATIONS / f"{source(layers).name()}.npz" for layers in (1, 2))
    os.utime(one, (1, 1))
    os.utime(two, (2, 2))
    stored(first, computed)  # read again: now the second is the older
    monkeypatch.setattr(activation_store, "_MAX_BYTES", one.stat().st_size + computed.values.nbytes)
    (ACTIVATIONS / "gone.npz").symlink_to("nothing")  # as a file that another worker has just deleted
    stored(source(3), computed)
    assert one.exists()
    assert not two.exists()


def test_a_folder_that_may_not_be_written_is_an_error(monkeypatch):
    with read_only_folder() as folder:
        monkeypatch.setattr(activation_store, "ACTIVATIONS", folder / "activations")
        with pytest.raises(StorageError, match="Permission denied"):
            stored(source(), Counted())
