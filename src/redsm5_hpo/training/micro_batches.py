"""Smaller micro-batches for a fit that runs out of memory.

Owns into how many more micro-batches its batches are cut. Does not train.
"""

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from redsm5_hpo.training.device import is_out_of_memory

T = TypeVar("T")


def with_micro_batches(batch_size: int, run: Callable[[int], T]) -> T:
    """The result of `run(1)`, or, each time that memory runs out, of `run(2)`, `run(4)` and so on.

    Args:
        batch_size: windows of a batch, and so the most micro-batches that it can be cut into.
        run: its argument is how many times more micro-batches than usual each batch is cut into.

    Raises:
        MemoryError, RuntimeError: memory runs out with micro-batches of one window.
    """
    micro_batches = 1
    while True:
        try:
            return run(micro_batches)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error) or micro_batches >= batch_size:
                raise
        # Not in the handler: the error refers to what the fit had in memory.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        micro_batches *= 2
