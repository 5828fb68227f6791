"""Pickled weights become safetensors, once, in a process that can do no harm.

Owns that process: its limits of memory and time, its empty environment, and what its refusals mean. What a pickle may
hold is in unpickling_process.py. Does not fetch or delete pickles.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.core.errors import EncoderError

PICKLES = ("pytorch_model.bin", "pytorch_model-*.bin")
PICKLES_INDEX = "pytorch_model.bin.index.json"
_PROGRAM = Path(__file__).with_name("unpickling_process.py")
_COPIES = 4  # of all tensors in memory: read, copied, serialized, read again
_SPARE_BYTES = 2**30
_SECONDS = 300
_BYTES_PER_SECOND = 10 * 2**20  # of the slowest disk


def convert(pickles: Sequence[Path], target: Path) -> bool:
    """Write the tensors of files of torch.save into one safetensors file, and compare them bit by bit.

    Returns:
        Whether the process that read them had no network.

    Raises:
        EncoderError: they hold anything but tensors, or reading them exceeds a limit; `target` does not exist then.
    """
    try:
        return _convert(pickles, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _convert(pickles: Sequence[Path], target: Path) -> bool:
    size = sum(path.stat().st_size for path in pickles)
    seconds = _SECONDS + size // _BYTES_PER_SECOND
    limits = ["--memory", str(_COPIES * size + _SPARE_BYTES), "--seconds", str(seconds)]
    files = [str(path.resolve()) for path in (target, *pickles)]
    # No token, no proxy, no PYTHONPATH; -I ignores the user's own packages, too.
    environment = {"PATH": os.defpath, "OMP_NUM_THREADS": "1"}
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    try:
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-I", "-B", str(_PROGRAM), *limits, *files],
            cwd=target.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refusal(pickles, f"nothing after {2 * seconds} seconds") from None
    result = _result(done)
    if "refused" in result:
        raise _refusal(pickles, str(result["refused"]))
    return not result["network"]


def _result(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    try:
        result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"refused": f"its reader ended with status {done.returncode}: {last[:200]}"}
    return result


def _refusal(pickles: Sequence[Path], held: str) -> EncoderError:
    return EncoderError(
        f"the pickled weights {', '.join(path.name for path in pickles)} are not converted",
        got=held,
        allowed="named tensors and nothing else, read within the limits of memory and time",
        remedy="choose another encoder, or ask its authors for safetensors; do not load this file elsewhere",
    )
