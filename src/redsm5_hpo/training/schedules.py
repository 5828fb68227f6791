"""The learning rate's course over the steps of a fit.

Owns the schedules and their warm-up; every group keeps its own peak. Does not own the optimiser.
"""

from typing import Any

from torch import optim
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from transformers import get_scheduler

from redsm5_hpo.params import Configuration

_NAMES = {
    "linear": "linear",
    "cosine": "cosine",
    "constant": "constant_with_warmup",
    "cosine_restarts": "cosine_with_restarts",
    "polynomial": "polynomial",
}


def make_schedule(optimiser: optim.Optimizer, configuration: Configuration, steps: int) -> LRScheduler:
    """Warm-up over `warmup_ratio` of `steps`, then the configuration's schedule down to 0 (or constant).

    one_cycle rises from 1/25 of the peak along a cosine and falls to 1/10000 of that (Smith and Topin 2018, torch's
    numbers); the others rise linearly from 0.
    """
    warmup = round(steps * configuration.warmup_ratio)
    if configuration.schedule in ("polynomial", "one_cycle"):
        warmup = min(warmup, steps - 1)  # both divide by the steps after it
    if configuration.schedule == "one_cycle":
        peaks = [float(group["lr"]) for group in optimiser.param_groups]
        share = warmup / steps if warmup > 1 else 0.0  # a rise of one step has no length to divide by
        return OneCycleLR(optimiser, peaks, total_steps=steps, pct_start=share, cycle_momentum=False)
    schedule: LRScheduler = get_scheduler(
        _NAMES[configuration.schedule],
        optimiser,
        num_warmup_steps=warmup,
        num_training_steps=steps,
        scheduler_specific_kwargs=_shape(configuration),
    )
    return schedule


def _shape(configuration: Configuration) -> dict[str, Any]:
    if configuration.schedule == "cosine_restarts":
        return {"num_cycles": configuration.schedule_cycles}
    if configuration.schedule == "polynomial":
        return {"power": configuration.schedule_power, "lr_end": 0.0}
    return {}
