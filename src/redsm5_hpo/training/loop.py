"""The training loop: trains a model one epoch at a time.

Owns the step (forward, backward, clip, update) and snapshots of the weights. Does not validate or decide when to stop.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor, nn

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.params import Configuration
from redsm5_hpo.training.cuda_graphs import CudaGraphs
from redsm5_hpo.training.data.batch import Batch
from redsm5_hpo.training.data.collate import BatchMaker
from redsm5_hpo.training.device import Compute, seed_torch
from redsm5_hpo.training.fit_errors import DivergedError
from redsm5_hpo.training.learning_rates import LearningRates
from redsm5_hpo.training.losses import configured_loss
from redsm5_hpo.training.optimizers import make_optimizer
from redsm5_hpo.training.weight_copies import WeightCopies


class TrainingLoop:
    """A model in training, with its optimizer and learning-rate scheduler.

    `seed` decides the order of batches and, separately, the dropout. Each batch is computed in `micro_batches` times as
    many micro-batches as usual.
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
        micro_batches: int = 1,
    ) -> None:
        self.model = model
        self._batches, self._configuration, self._compute, self._seed = batches, configuration, compute, seed
        self._micro_batches = micro_batches
        self._optimizer = make_optimizer(self.model, configuration)
        self._loss = configured_loss(configuration, batches.status)
        windows_per_step = configuration.batch_size * configuration.gradient_accumulation_steps
        steps = epochs * math.ceil(len(batches) / windows_per_step)
        on_gpu = compute.device.type == "cuda"
        self._graphs = CudaGraphs(compute.device) if on_gpu else None
        self._learning_rates = LearningRates(self._optimizer, configuration, steps, compute.device if on_gpu else None)
        self._trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        # A CPU, which waits for no launches, casts a weight no slower than it copies one (bench/README.md).
        self._copies = WeightCopies(self.model, enabled=compute.precision == "bf16" and on_gpu)
        self._epoch = 0
        seed_torch(seed, "dropout")

    def train_epoch(self) -> float:
        """Train one epoch; returns the mean loss over its windows, raises DivergedError when it is not finite."""
        self.model.train()
        rng = generator(self._seed, "order", self._epoch)
        size, accumulation = self._configuration.batch_size, self._configuration.gradient_accumulation_steps
        steps = self._batches.shuffled(size, accumulation, rng, self._micro_batches)
        with self.computing():
            losses = [loss for batches in steps for loss in self._step(batches)]
        self._epoch += 1
        # The losses stay on the device until here: reading each would make the host wait at every step.
        mean = float(torch.stack(losses).sum()) / len(self._batches)
        if not math.isfinite(mean):
            raise DivergedError(f"training loss {mean} in epoch {self._epoch}")
        return mean

    @contextmanager
    def computing(self) -> Iterator[CudaGraphs | None]:
        """A block in which the model computes as it trains, faster with the same results; gives a GPU's graphs."""
        with self._copies.in_model(), nullcontext() if self._graphs is None else self._graphs.stream():
            yield self._graphs

    def snapshot(self) -> list[Tensor]:
        """A copy of the trained weights."""
        return [parameter.detach().clone() for parameter in self._trained]

    def restore(self, weights: list[Tensor]) -> None:
        """Put a snapshot's weights back."""
        with torch.no_grad():
            for parameter, value in zip(self._trained, weights, strict=True):
                parameter.copy_(value)

    def _step(self, batches: Sequence[Batch]) -> list[Tensor]:
        self._learning_rates.advance()
        if self._graphs is None:
            return self._update(batches)
        return self._graphs.run("step", self._update, batches)

    def _update(self, batches: Sequence[Batch]) -> list[Tensor]:
        """One update by the mean loss over all windows of the batches; returns the summed loss of each batch."""
        windows = sum(len(batch.windows) for batch in batches)
        try:
            losses = [self._accumulate(batch, len(batch.windows) / windows) for batch in batches]
            nn.utils.clip_grad_norm_(self._trained, self._configuration.max_grad_norm)
            self._optimizer.step()
            self._copies.refresh()
        finally:
            # Also after an error: an update that fails while it is recorded leaves gradients that nothing has computed,
            # in memory that the next try needs, and that would add to them.
            self._optimizer.zero_grad(set_to_none=True)
            self._copies.forget_gradients()
        return losses

    def _accumulate(self, batch: Batch, share: float) -> Tensor:
        with self._compute.autocast():
            outputs = self.model(batch.tokens, batch.criteria_tokens)
        loss = self._loss(outputs, batch.status, batch.gold)
        (loss * share).backward()  # type: ignore[no-untyped-call]
        self._copies.collect_gradients()
        return loss.detach() * len(batch.windows)
