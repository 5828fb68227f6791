"""The learning rates of a fit, computed before its first step and given to the optimizer step by step.

Owns the table of rates and where the optimizer finds them: in its groups as numbers, or, where steps are replayed as
graphs, in tensors, which a graph reads anew at every step. Does not own the schedulers.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn, optim

from redsm5_hpo.params import Configuration
from redsm5_hpo.training.lr_schedulers import make_lr_scheduler


class LearningRates:
    """The rates of an optimizer's groups over `steps` steps; the groups' own rates are their peaks.

    Args:
        device: of the tensors that hold the rates; None for numbers.
    """

    def __init__(
        self, optimizer: optim.Optimizer, configuration: Configuration, steps: int, device: torch.device | None
    ) -> None:
        self._groups = optimizer.param_groups
        self._table = learning_rates([float(group["lr"]) for group in self._groups], configuration, steps)
        self._step = 0
        if device is not None:
            self._on_device = torch.tensor(self._table, dtype=torch.float32, device=device)
            self._current = self._on_device[0].clone()
            for group, rate in zip(self._groups, self._current, strict=True):
                group["lr"] = rate
        self._device = device

    def advance(self) -> None:
        """Set the rates of the next step."""
        if self._device is not None:
            self._current.copy_(self._on_device[self._step])
        else:
            for group, rate in zip(self._groups, self._table[self._step].tolist(), strict=True):
                group["lr"] = rate
        self._step += 1


def learning_rates(peaks: list[float], configuration: Configuration, steps: int) -> NDArray[np.float64]:
    """(steps, G) the learning rate of each parameter group at each step, from the groups' peaks."""
    # An optimizer of nothing: the rates do not depend on what learns.
    optimizer = optim.SGD([{"params": [nn.Parameter(torch.zeros(()))], "lr": peak} for peak in peaks])
    scheduler = make_lr_scheduler(optimizer, configuration, steps)
    rates = np.empty((steps, len(peaks)))
    for step in range(steps):
        rates[step] = [group["lr"] for group in optimizer.param_groups]
        optimizer.step()
        scheduler.step()
    return rates
