"""Trials on a known response surface, with ten encoders of unequal cost. Used by order.py."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.params import Choices, Range, Space
from redsm5_hpo.search.pruners import Pruner
from redsm5_hpo.search.records import TrialRecord, TrialRequest, Values
from redsm5_hpo.search.space import from_unit_cube
from redsm5_hpo.training.fit_record import EpochRecord

EPOCHS, PATIENCE = 6, 2
COSTS = {f"encoder{i}": cost for i, cost in enumerate([4, 32, 32, 32, 32, 40, 100, 100, 112, 40])}
QUALITY = {name: 0.6 + 0.04 * math.log(cost) + 0.02 * (i % 3) for i, (name, cost) in enumerate(COSTS.items())}
SPACE: Space = {
    "encoder": Choices(choices=tuple(COSTS)),
    "learning_rate": Range(low=1e-6, high=1e-3, log=True),
    "dropout": Range(low=0.0, high=0.3),
    "weight_decay": Range(low=1e-5, high=1e-1, log=True),
}


def true_value(values: Values) -> float:
    """The response surface: the value of a trial of many epochs, without noise."""
    best_rate = -5.5 + 1.5 * (1 - COSTS[str(values["encoder"])] / 112)
    rate, decay = math.log10(float(values["learning_rate"])), math.log10(float(values["weight_decay"]))
    distance = (rate - best_rate) ** 2 / 4 + (float(values["dropout"]) - 0.1) ** 2 * 10 + (decay + 2) ** 2 / 40
    return QUALITY[str(values["encoder"])] - 0.4 * distance


@dataclass(frozen=True)
class Simulated:
    """A trial on the response surface; it is pruned and stopped early as a fit is, without a pruner by chance.

    By chance 35 % have all epochs, and the others one to three.
    """

    pruner: Pruner | None
    report: Callable[[int, int], None] | None = None

    def __call__(self, request: TrialRequest) -> TrialRecord:
        """The whole record at once."""
        noise, curve = random.Random(request.seed), list[float]()  # noqa: S311 (a simulation)
        last, state = EPOCHS if noise.random() < 0.35 else noise.randint(1, 3), "complete"
        should_prune = self.pruner.against(request.history) if self.pruner else lambda curve: len(curve) >= last
        for epoch in range(1, EPOCHS + 1):
            if self.report and epoch > 1:
                self.report(request.number, epoch)
            curve.append(true_value(request.params) * (1 - math.exp(-epoch / 1.5)) + noise.gauss(0, 0.02))
            best = curve.index(max(curve)) + 1
            if epoch < EPOCHS and should_prune(curve):
                state = "pruned"
                break
            if self.pruner and epoch - best >= PATIENCE:
                break
        epochs = tuple(EpochRecord(1.0, 1.0, value, value) for value in curve)
        return TrialRecord(request.number, state, request.params, request.seed, epochs, max(curve), best)  # type: ignore[arg-type]


class UniformSampler:
    """Draws each trial's parameters alone; simulations of workers have many trials."""

    def sample(self, seed: int, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> Values:  # noqa: ARG002
        """A function of seed and number."""
        return from_unit_cube(SPACE, generator(seed, "uniform", number).random(len(SPACE)).tolist())
