"""Optimiser and schedule of a fit.

Owns parameter groups (heads learn faster, biases and norms do not decay) and the learning rate's course.
"""

from torch import nn, optim
from transformers import get_scheduler

from redsm5_hpo.params import Configuration

_SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


def make_optimiser(model: nn.Module, configuration: Configuration) -> optim.Optimizer:
    """AdamW over the parameters that take gradients."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            in_encoder, decays = name.startswith("encoders."), parameter.ndim > 1
            groups.setdefault((in_encoder, decays), []).append(parameter)
    factor = {True: 1.0, False: configuration.head_learning_rate_factor}
    return optim.AdamW(
        [
            {
                "params": parameters,
                "lr": configuration.learning_rate * factor[in_encoder],
                "weight_decay": configuration.weight_decay if decays else 0.0,
            }
            for (in_encoder, decays), parameters in groups.items()
        ],
        fused=True,
    )


def make_schedule(
    optimiser: optim.Optimizer, configuration: Configuration, steps: int
) -> optim.lr_scheduler.LRScheduler:
    """Linear warm-up over `warmup_ratio` of `steps`, then the configuration's schedule down to 0 (or constant)."""
    schedule: optim.lr_scheduler.LRScheduler = get_scheduler(
        _SCHEDULES[configuration.schedule],
        optimiser,
        num_warmup_steps=round(steps * configuration.warmup_ratio),
        num_training_steps=steps,
    )
    return schedule
