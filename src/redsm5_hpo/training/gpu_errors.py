"""Errors of a GPU that no code can mend, in words.

Owns their texts and remedies. What may be a bug of the program, such as an illegal access of memory, is none of them
and keeps its traceback; nor is a lack of memory, which fits handle.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from redsm5_hpo.core.errors import HpoError

_ANOTHER_BUILD = (
    "torch has other builds for older GPUs: `pip install torch=={version} --index-url "
    "https://download.pytorch.org/whl/cu126` in .venv; or compute with the processor: CUDA_VISIBLE_DEVICES= before the "
    "same command"
)
_ALONE = (
    "end what else uses the GPU, or set HPO_WORKERS to the number of GPUs where each takes one process only, as "
    "`nvidia-smi -q -d COMPUTE` says; then the same command continues"
)
_FAILED = (
    "look with `nvidia-smi` for the GPU: one that has failed, and a driver that was updated, need a restart of the "
    "machine; then the same command continues"
)
# Parts of CUDA's messages.
_REMEDIES: Final = {
    "no kernel image is available": _ANOTHER_BUILD,
    "busy or unavailable": _ALONE,
    "ECC error": _FAILED,
    "NVLink error": _FAILED,
    "unspecified launch failure": _FAILED,
    "unknown error": _FAILED,
    "no CUDA-capable device": _FAILED,
    "initialization error": _FAILED,
    "system not yet initialized": _FAILED,
}


@contextmanager
def explained_gpu_errors() -> Iterator[None]:
    """Raise HpoError for an error of a GPU that no code can mend."""
    try:
        yield
    except RuntimeError as error:
        message = str(error).partition("\n")[0]
        remedy = next((text for part, text in _REMEDIES.items() if part in message), None)
        if remedy is None or "CUDA" not in message:
            raise
        version = torch.__version__.partition("+")[0]
        raise HpoError("the GPU cannot be used", got=message, remedy=remedy.format(version=version)) from error
