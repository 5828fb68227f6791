"""The same fit in less memory, where it does not fit as it is.

Owns the halving of batches: twice as many in a step, so that steps keep their windows. Does not train.
"""

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from redsm5_hpo.params import Configuration
from redsm5_hpo.training.device import is_out_of_memory

T = TypeVar("T")


def in_less_memory(configuration: Configuration, run: Callable[[Configuration], T]) -> T:
    """`run` with the configuration, or after each failure for want of memory with batches half as large.

    Raises:
        MemoryError, RuntimeError: there is no memory for batches that cannot be halved any more.
    """
    while True:
        try:
            return run(configuration)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error) or configuration.batch_size % 2:
                raise
        # Not in the handler: the error holds on to what the fit had in memory.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        configuration = configuration.with_values(
            {
                "batch_size": configuration.batch_size // 2,
                "gradient_accumulation": configuration.gradient_accumulation * 2,
            }
        )
