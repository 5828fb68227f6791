"""The learning-rate scheduler of a fit.

Owns the schedulers and their warm-up; every parameter group has its own peak. Does not own the optimizer. To add one,
add it to LR_SCHEDULERS here, and its name and values to params/configuration.py.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from torch import optim
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from transformers import get_scheduler

from redsm5_hpo.params import Configuration

Maker = Callable[[optim.Optimizer, Configuration, int, int], LRScheduler]


def make_lr_scheduler(optimizer: optim.Optimizer, configuration: Configuration, steps: int) -> LRScheduler:
    """The configuration's scheduler: warm-up over `warmup_ratio` of `steps`, then down to 0 (or constant)."""
    warmup = round(steps * configuration.warmup_ratio)
    return LR_SCHEDULERS[configuration.lr_scheduler](optimizer, configuration, steps, warmup)


def _of_transformers(
    name: str, optimizer: optim.Optimizer, _: Configuration, steps: int, warmup: int, **shape: float
) -> LRScheduler:
    scheduler: LRScheduler = get_scheduler(
        name, optimizer, num_warmup_steps=warmup, num_training_steps=steps, scheduler_specific_kwargs=shape
    )
    return scheduler


def _cosine_restarts(optimizer: optim.Optimizer, configuration: Configuration, steps: int, warmup: int) -> LRScheduler:
    cycles = configuration.lr_scheduler_cycles
    return _of_transformers("cosine_with_restarts", optimizer, configuration, steps, warmup, num_cycles=cycles)


def _polynomial(optimizer: optim.Optimizer, configuration: Configuration, steps: int, warmup: int) -> LRScheduler:
    warmup = min(warmup, steps - 1)  # it divides by the number of steps after the warm-up
    power = configuration.lr_scheduler_power
    return _of_transformers("polynomial", optimizer, configuration, steps, warmup, power=power, lr_end=0.0)


def _one_cycle(optimizer: optim.Optimizer, _: Configuration, steps: int, warmup: int) -> LRScheduler:
    """A cosine from 1/25 of the peak up, and one down to 1/10000 of the start (Smith and Topin 2018, torch)."""
    peaks = [float(group["lr"]) for group in optimizer.param_groups]
    warmup = min(warmup, steps - 1)
    fraction = warmup / steps if warmup > 1 else 0.0  # torch divides by the length of the rise minus one step
    return OneCycleLR(optimizer, peaks, total_steps=steps, pct_start=fraction, cycle_momentum=False)


LR_SCHEDULERS: Final[Mapping[str, Maker]] = {
    "linear": partial(_of_transformers, "linear"),
    "cosine": partial(_of_transformers, "cosine"),
    "constant": partial(_of_transformers, "constant_with_warmup"),
    "cosine_restarts": _cosine_restarts,
    "polynomial": _polynomial,
    "one_cycle": _one_cycle,
}
