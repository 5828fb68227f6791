"""The training loop: a model, its optimiser and schedule, moved on by one epoch at a time.

Owns the step (forward, backward, clip, update) and the weights' snapshot. Does not validate or decide when to stop.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from redsm5_hpo.params import Configuration
from redsm5_hpo.seeding import generator
from redsm5_hpo.training.batches import Batch, BatchMaker
from redsm5_hpo.training.device import Compute, seed_torch
from redsm5_hpo.training.failures import DivergedError
from redsm5_hpo.training.losses import configured_loss
from redsm5_hpo.training.optimisation import make_optimiser
from redsm5_hpo.training.schedules import make_schedule


class TrainingLoop:
    """One model, on its device, on its way; `seed` decides the order of batches and, apart from it, the dropout.

    Each batch is computed in `parts` times as many parts as usual.
    """

    def __init__(
        self,
        model: nn.Module,
        batches: BatchMaker,
        configuration: Configuration,
        compute: Compute,
        *,
        epochs: int,
        seed: int,
        parts: int = 1,
    ) -> None:
        self.model = model
        self._batches, self._configuration, self._compute, self._seed = batches, configuration, compute, seed
        self._parts = parts
        self._optimiser = make_optimiser(self.model, configuration)
        self._loss = configured_loss(configuration, batches.status)
        windows_per_step = configuration.batch_size * configuration.gradient_accumulation
        steps = epochs * math.ceil(len(batches) / windows_per_step)
        self._schedule = make_schedule(self._optimiser, configuration, steps)
        self._trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self._epoch = 0
        seed_torch(seed, "dropout")

    def train_epoch(self) -> float:
        """Train one epoch; returns the mean loss over its windows, raises DivergedError when it is not finite."""
        self.model.train()
        rng = generator(self._seed, "order", self._epoch)
        size, accumulation = self._configuration.batch_size, self._configuration.gradient_accumulation
        steps = self._batches.shuffled(size, accumulation, rng, self._parts)
        losses = [loss for batches in steps for loss in self._step(batches)]
        self._epoch += 1
        # The losses stay on the device until here: asking for each would make the host wait at every step.
        mean = float(torch.stack(losses).sum()) / len(self._batches)
        if not math.isfinite(mean):
            raise DivergedError(f"training loss {mean} in epoch {self._epoch}")
        return mean

    def snapshot(self) -> list[Tensor]:
        """A copy of the trained weights."""
        return [parameter.detach().clone() for parameter in self._trained]

    def restore(self, weights: list[Tensor]) -> None:
        """Put a snapshot's weights back."""
        with torch.no_grad():
            for parameter, value in zip(self._trained, weights, strict=True):
                parameter.copy_(value)

    def _step(self, batches: Sequence[Batch]) -> list[Tensor]:
        """One update from the mean loss over all windows of the batches; returns the sum of the loss of each batch."""
        windows = sum(len(batch.windows) for batch in batches)
        losses = [self._accumulate(batch, len(batch.windows) / windows) for batch in batches]
        nn.utils.clip_grad_norm_(self._trained, self._configuration.clip_norm)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad(set_to_none=True)
        return losses

    def _accumulate(self, batch: Batch, share: float) -> Tensor:
        with self._compute.autocast():
            outputs = self.model(batch.tokens, batch.criteria_tokens)
        loss = self._loss(outputs, batch.status, batch.gold)
        (loss * share).backward()  # type: ignore[no-untyped-call]
        return loss.detach() * len(batch.windows)
