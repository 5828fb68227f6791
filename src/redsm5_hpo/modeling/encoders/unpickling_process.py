"""The program that turns pickled weights into safetensors, run as a process of its own by conversion.py.

Owns what a pickle may hold, and the limits of the process that reads it. Imports nothing of this project, so that the
limits are set before torch is loaded. Does not know encoders.

    python -I unpickling_process.py --memory BYTES --seconds N TARGET PICKLE...

The last line of standard output is a JSON object: {"tensors": count} or {"refused": why}, and in either "network":
whether it was there.
"""

import argparse
import ctypes
import json
import os
import pickletools
import re
import resource
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000  # of unshare(2)
_SHOWN_CHARACTERS = 200


class Refusal(Exception):  # noqa: N818 (the result of a check, not a fault of the program)
    """The pickle holds something else than tensors."""


def main() -> None:
    """Convert the files named on the command line, and print the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("target")
    parser.add_argument("pickles", nargs="+")
    arguments = parser.parse_args()
    network = not left_network()
    import torch

    torch.set_num_threads(1)
    limit(arguments.memory, arguments.seconds)
    sys.stdout.write("\n" + json.dumps({**converted(arguments.pickles, arguments.target), "network": network}) + "\n")


def converted(pickles: list[str], target: str) -> dict[str, Any]:
    """Write the tensors of all files into one: {"tensors": count} or {"refused": why}."""
    from safetensors.torch import save_file

    try:
        tensors = read(pickles)
        save_file(tensors, target, metadata={"format": "pt"})
        compare(tensors, target)
    except Refusal as refusal:
        return {"refused": str(refusal)[:_SHOWN_CHARACTERS]}
    except (MemoryError, RuntimeError, OSError, ValueError) as problem:
        what = f"{type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''}"
        return {"refused": what[:_SHOWN_CHARACTERS]}
    return {"tensors": len(tensors)}


def left_network() -> bool:
    """Move this process into an empty network; False where the system does not allow it."""
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    return unshare is not None and (unshare(_NEW_NETWORK) == 0 or unshare(_NEW_USERS | _NEW_NETWORK) == 0)


def limit(memory: int, seconds: int) -> None:
    """No more memory than now and `memory` bytes, no more processor time than `seconds`, no core file, no process."""
    most = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_FSIZE: memory, resource.RLIMIT_CORE: 0}
    most[resource.RLIMIT_NPROC] = 0
    statistics = Path("/proc/self/statm")
    if statistics.exists():  # on Linux; what torch takes depends on its build
        most[resource.RLIMIT_AS] = int(statistics.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + memory
    for kind, value in most.items():
        allowed = resource.getrlimit(kind)[1]
        value = value if allowed == resource.RLIM_INFINITY else min(value, allowed)
        resource.setrlimit(kind, (value, value))


def read(pickles: list[str]) -> dict[str, Any]:
    """The tensors of all files by name, each with memory of its own; raises Refusal for anything else."""
    found: dict[str, Any] = {}
    room = sum(Path(path).stat().st_size for path in pickles)
    for path in pickles:
        for name, value in unpickled(path).items():
            if name in found:
                raise Refusal(f"{name!r} twice")
            found[name] = checked(name, value)
    views = {(each.data_ptr(), each.shape, each.stride(), each.dtype): each for each in found.values()}
    if sum(each.numel() * each.element_size() for each in views.values()) > room:
        raise Refusal("tensors of more bytes than the file has")
    # Tied weights share memory, which safetensors does not allow.
    return {name: value.detach().contiguous().clone() for name, value in found.items()}


def unpickled(path: str) -> Mapping[Any, Any]:
    """The mapping in a file of torch.save, new format or old, read without running any code of it."""
    import torch

    refuse_compressed(path)
    try:
        value = torch.load(path, map_location="cpu", weights_only=True)
    except (MemoryError, RuntimeError, OSError, ValueError):  # of a limit, or of a file that is cut off
        raise
    except Exception as error:  # noqa: BLE001 (the unpickler's own, and whatever a broken pickle leads to)
        raise Refusal(held_by(path, error)) from None
    if not isinstance(value, Mapping):
        raise Refusal(f"a {type(value).__name__} instead of named tensors")
    return value


def held_by(path: str, error: Exception) -> str:
    """The names of what a pickle holds beside tensors, as far as they can be read without running it."""
    import torch

    try:
        held = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # noqa: BLE001 (whatever a broken pickle raises; the old format is none that it reads)
        held = re.findall(r"GLOBAL ([\w.]+)", str(error)) or words_in(path)
    return ", ".join(sorted(held)) or f"no readable weights ({type(error).__name__})"


def words_in(path: str) -> list[str]:
    """The texts of a plain pickle: the classes and functions that it names are among them."""
    words: set[str] = set()
    with suppress(
        ValueError
    ):  # raised by the first byte that is of no pickle; what came before is enough for a refusal
        for _, argument, _ in pickletools.genops(Path(path).read_bytes()):
            words.update([argument] if isinstance(argument, str) else [])
    return sorted(words)


def refuse_compressed(path: str) -> None:
    """torch.save compresses nothing; a compressed record may be a thousand times as large as its file."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        compressed = [record for record in archive.infolist() if record.compress_type != zipfile.ZIP_STORED]
    if compressed:
        largest = max(compressed, key=lambda record: record.file_size)
        raise Refusal(f"the compressed record {largest.filename!r} of {largest.file_size} bytes")


def checked(name: object, value: object) -> Any:  # noqa: ANN401 (torch is not imported yet where this is read)
    """A named, dense tensor in memory; raises Refusal for anything else."""
    import torch

    if not isinstance(name, str):
        raise Refusal(f"the key {name!r}, which is no name")
    if type(value) not in (torch.Tensor, torch.nn.Parameter):
        raise Refusal(f"{type(value).__name__} as {name!r}")
    assert isinstance(value, torch.Tensor)  # noqa: S101 (for mypy)
    if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized:
        raise Refusal(f"a tensor that is not dense and in memory as {name!r}")
    return value


def compare(tensors: dict[str, Any], target: str) -> None:
    """Raise Refusal unless the written file has the same tensors, bit by bit."""
    import torch
    from safetensors import safe_open

    with safe_open(target, framework="pt") as written:
        if set(written.keys()) != set(tensors):
            raise Refusal("other names than those that were written")
        for name, value in tensors.items():
            copy = written.get_tensor(name)
            if (copy.dtype, copy.shape) != (value.dtype, value.shape) or not torch.equal(bits(copy), bits(value)):
                raise Refusal(f"{name!r}, which was written with other values")


def bits(tensor: Any) -> Any:  # noqa: ANN401
    """The bytes of a tensor: NaN equals itself."""
    import torch

    return tensor.reshape(-1).view(torch.uint8)


if __name__ == "__main__":
    main()
