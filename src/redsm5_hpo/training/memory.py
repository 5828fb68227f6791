"""The same fit in less memory, where it does not fit as it is.

Owns how far its batches are cut into parts that are computed one after the other. Does not train.
"""

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from redsm5_hpo.training.device import is_out_of_memory

T = TypeVar("T")


def in_less_memory(batch_size: int, run: Callable[[int], T]) -> T:
    """What `run(1)` gives, or after each failure for want of memory `run(2)`, `run(4)` and so on.

    Args:
        batch_size: windows of a batch, which cannot be cut into more parts.
        run: told into how many times as many parts as usual it is to cut each batch.

    Raises:
        MemoryError, RuntimeError: there is no memory for parts of one window.
    """
    parts = 1
    while True:
        try:
            return run(parts)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error) or parts >= batch_size:
                raise
        # Not in the handler: the error holds on to what the fit had in memory.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        parts *= 2
