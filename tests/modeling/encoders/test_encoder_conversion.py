"""Pickled weights are read without running anything in them, within limits, or refused by name of what they hold."""

import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders import conversion
from redsm5_hpo.modeling.encoders.conversion import convert
from redsm5_hpo.modeling.encoders.unpickling_process import converted
from tests.hostile import Payload, write_pickle

WEIGHT = torch.arange(400.0).reshape(20, 20)


class System:
    """Runs a command of the shell when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.system, (f"touch {self.canary}",)


class HookedTensor(torch.Tensor):
    """A tensor whose pickle calls torch's own rebuilding with a payload among the hooks."""

    def __reduce_ex__(self, protocol: object) -> Any:
        rebuild, arguments = torch.Tensor(WEIGHT).__reduce_ex__(2)[:2]
        return rebuild, (*arguments[:-1], OrderedDict(hook=Payload(self.canary)))


def hooked(canary: Path) -> torch.Tensor:
    tensor = torch.zeros(1).as_subclass(HookedTensor)
    tensor.canary = canary
    return tensor


def saved_old(value: object, path: Path) -> None:
    torch.save(value, path, _use_new_zipfile_serialization=False)


def bomb(path: Path, _: Path) -> None:
    """A record of zeros that is a thousand times as large as its file."""
    torch.save({"a": WEIGHT}, path.with_suffix(".small"))
    with (
        zipfile.ZipFile(path.with_suffix(".small")) as small,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as large,
    ):
        for record in small.infolist():
            content = bytes(10**7) if record.filename.endswith("data/0") else small.read(record)
            large.writestr(record.filename, content, zipfile.ZIP_DEFLATED)


def truncated(path: Path, _: Path) -> None:
    torch.save({"a": WEIGHT}, path)
    path.write_bytes(path.read_bytes()[:-600])


def truncated_old(path: Path, _: Path) -> None:
    saved_old({"a": WEIGHT}, path)
    path.write_bytes(path.read_bytes()[:-600])


REFUSED: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "os.system": (lambda path, canary: torch.save({"a": System(canary)}, path), "posix.system"),
    "os.system, old format": (lambda path, canary: saved_old({"a": System(canary)}, path), "posix.system"),
    "a gadget in a nested tensor": (lambda path, canary: torch.save({"a": hooked(canary)}, path), r"pathlib\.Path"),
    "a plain pickle": (write_pickle, r"Path\.touch"),
    "a whole module": (lambda path, _: torch.save(torch.nn.Linear(2, 2), path), r"torch\.nn\.modules\.linear\.Linear"),
    "a number": (lambda path, _: torch.save({"a": WEIGHT, "b": 3}, path), "int as 'b'"),
    "a dictionary in it": (lambda path, _: torch.save({"a": {"b": WEIGHT}}, path), "dict as 'a'"),
    "a list": (lambda path, _: torch.save([WEIGHT], path), "a list instead of named tensors"),
    "a key that is no name": (lambda path, _: torch.save({1: WEIGHT}, path), "the key 1"),
    "a sparse tensor": (lambda path, _: torch.save({"a": WEIGHT.to_sparse()}, path), "not dense"),
    "a tensor without memory": (lambda path, _: torch.save({"a": WEIGHT.to("meta")}, path), "in memory as 'a'"),
    "one number as a million": (
        lambda path, _: torch.save({"a": WEIGHT[0, 0].expand(10**6)}, path),
        "more bytes",
    ),
    "a zip bomb": (bomb, r"compressed record '\w+/data/0' of 10000000 bytes"),
    "the end cut off": (truncated, "Error"),
    "the end cut off, old format": (truncated_old, "unexpected EOF"),
    "text": (lambda path, _: path.write_text("weights"), "no readable weights"),
    "nothing": (lambda path, _: path.touch(), "no readable weights"),
}


@pytest.mark.parametrize(("write", "held"), REFUSED.values(), ids=REFUSED)
def test_anything_but_tensors_is_refused_by_its_name(
    tmp_path: Path, write: Callable[[Path, Path], object], held: str
) -> None:
    write(tmp_path / "weights.bin", tmp_path / "canary")
    found = converted([str(tmp_path / "weights.bin")], str(tmp_path / "model.safetensors"))
    assert re.search(held, found["refused"])
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("case", ["os.system", "a gadget in a nested tensor", "a zip bomb", "the end cut off"])
def test_a_refusal_names_the_file_and_leaves_nothing(tmp_path: Path, case: str) -> None:
    write, held = REFUSED[case]
    write(tmp_path / "weights.bin", tmp_path / "canary")
    with pytest.raises(EncoderError, match=rf"weights\.bin are not converted\n  got: .*{held}"):
        convert([tmp_path / "weights.bin"], tmp_path / "model.safetensors")
    assert not (tmp_path / "canary").exists()
    assert not (tmp_path / "model.safetensors").exists()


def test_tensors_are_the_same_bit_by_bit_and_tied_ones_are_copied(tmp_path: Path) -> None:
    strange = torch.tensor([float("nan"), float("inf"), -0.0])
    kinds = {f"of {kind}": WEIGHT[:2].to(kind) for kind in (torch.half, torch.bfloat16, torch.int64, torch.bool)}
    tensors = {
        "a": WEIGHT,
        "tied": WEIGHT,
        "strided": WEIGHT.t(),
        "strange": strange,
        "one": torch.tensor(1.0),
        **kinds,
    }
    torch.save({**tensors, "parameter": torch.nn.Parameter(WEIGHT)}, tmp_path / "weights.bin")
    convert([tmp_path / "weights.bin"], tmp_path / "model.safetensors")
    found = load_file(tmp_path / "model.safetensors")
    assert found.keys() == {*tensors, "parameter"}
    for name, value in tensors.items():
        torch.testing.assert_close(found[name], value.contiguous(), rtol=0, atol=0, equal_nan=True)


def test_the_same_name_in_two_files_is_refused(tmp_path: Path) -> None:
    paths = [tmp_path / "1.bin", tmp_path / "2.bin"]
    for path in paths:
        torch.save({"a": WEIGHT}, path)
    found = converted([str(path) for path in paths], str(tmp_path / "model.safetensors"))
    assert found == {"refused": "'a' twice"}


def test_memory_beyond_the_limit_ends_the_process_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"a": torch.zeros(2**24)}, tmp_path / "weights.bin")
    monkeypatch.setattr(conversion, "_SPARE_BYTES", 0)
    monkeypatch.setattr(conversion, "_COPIES", 1)
    with pytest.raises(EncoderError, match=r"not converted\n  got: .*(memory|Memory|File too large)"):
        convert([tmp_path / "weights.bin"], tmp_path / "model.safetensors")
    assert not (tmp_path / "model.safetensors").exists()


def test_time_beyond_the_limit_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"a": WEIGHT}, tmp_path / "weights.bin")
    monkeypatch.setattr(conversion, "_SECONDS", 0)
    with pytest.raises(EncoderError, match=r"nothing after 0 seconds"):
        convert([tmp_path / "weights.bin"], tmp_path / "model.safetensors")


PROBE = """
import json, socket, sys
sys.path.insert(0, {folder!r})
import unpickling_process
left = unpickling_process.left_network()
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=5).close()
    reached = True
except OSError:
    reached = False
print(json.dumps({{"left": left, "reached": reached}}))
"""


def test_the_process_reaches_no_network_where_the_system_lets_it_leave() -> None:
    folder = str(Path(conversion.__file__).parent)
    with socket.create_server(("127.0.0.1", 0)) as server:
        probe = PROBE.format(folder=folder, port=server.getsockname()[1])
        command = [sys.executable, "-c", probe]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (our own)
    result = json.loads(done.stdout)
    if not result["left"]:
        pytest.skip("this system does not let a process give up the network")
    assert not result["reached"]


def test_the_process_has_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"a": WEIGHT}, tmp_path / "weights.bin")
    seen: list[dict[str, str]] = []
    run = conversion.subprocess.run
    monkeypatch.setattr(conversion.subprocess, "run", lambda *a, **k: (seen.append(k["env"]), run(*a, **k))[1])
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    convert([tmp_path / "weights.bin"], tmp_path / "model.safetensors")
    assert seen
    assert "hf_canary" not in str(seen)
