"""The maximal search beside random search that trains as many epochs: best val f1_macro, seed by seed.

usage: PYTHONPATH=src python bench/maximal_against_random.py criteria [--rows 400] [--epochs 2] [--seeds 1 2 3]
Both draw from the space of maximal/params.yaml and start from the default configuration. The search proposes with TPE
and prunes; random search draws evenly, prunes nothing, and starts trials until it has trained as many epochs. Prints
one JSON line a study, with the best value after each tenth of the epochs. Hours, not minutes.
"""

import argparse
import json
import math
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from redsm5_hpo.training.worker_server import start_worker_server

if __name__ == "__main__":
    start_worker_server("redsm5_hpo.search.trial")

from task import ROOT, cut, portion_options

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import PruningParams, Space, known_architecture, load_params
from redsm5_hpo.params.maximal import MAXIMAL, MaximalSearch, load_maximal
from redsm5_hpo.search.insights import importances
from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.offered import offered_space
from redsm5_hpo.search.proposals import SpaceFilling, Tpe
from redsm5_hpo.search.records import TrialRecord, Values, ranked
from redsm5_hpo.search.runner import TrialRunner
from redsm5_hpo.search.space import active_values, from_unit_cube
from redsm5_hpo.search.study import Listeners, Recipe, run_study
from redsm5_hpo.seeding import generator
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.workers import worker_pool

MANY = 100_000  # trials that random search never comes to
TENTHS = 10


@dataclass(frozen=True)
class Random:
    """Even draws, each of the study's seed and the trial's number alone, after some configurations that come first."""

    space: Space
    first: tuple[Values, ...]

    def propose(self, seed: int, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> Values:  # noqa: ARG002
        """The configuration of a trial."""
        if number < len(self.first):
            return dict(self.first[number])
        return from_unit_cube(self.space, generator(seed, "random", number).random(len(self.space)).tolist())


class Budget:
    """Counts epochs as trials finish."""

    def __init__(self, epochs: float) -> None:
        self._epochs, self._trained = epochs, 0

    def record(self, trial: TrialRecord) -> None:
        """Hear of a trial."""
        self._trained += len(trial.epochs)

    def spent(self) -> bool:
        """Whether no trial may start any more."""
        return self._trained >= self._epochs

    def within(self, records: Sequence[TrialRecord]) -> tuple[TrialRecord, ...]:
        """The first trials that together trained as many epochs: which were under way then is chance."""
        trained = accumulate(len(record.epochs) for record in records)
        before = sum(epochs < self._epochs for epochs in trained)
        return tuple(records[: before + 1])


def main() -> None:
    """Run both sides for every seed."""
    options = _parse()
    params, search = load_params(ROOT / "params.yaml"), load_maximal(ROOT / MAXIMAL).hpo.max
    architecture = known_architecture(options.architecture)
    space, _ = offered_space(search.space, architecture)
    first = (active_values(space, params.encoder.resolve(params.training.defaults).model_dump()),)
    plan = FitPlan(
        architecture,
        params.encoder,
        params.training,
        options.epochs,
        cut(Portion((options.splits / "train",)), architecture, options.rows),
        cut(Portion((options.splits / "val",)), architecture, options.rows // 3),
    )
    for seed in options.seeds:
        tpe = Recipe(seed, options.trials, options.workers, Tpe(SpaceFilling(space, first), options.startup))
        records = _told("search", tpe, TrialRunner(plan, _pruning(search)), math.inf, space)
        epochs = sum(len(record.epochs) for record in records)
        even = Recipe(seed, MANY, options.workers, Random(space, first))
        _told("random", even, TrialRunner(plan, None), epochs, space)


def _parse() -> argparse.Namespace:
    parser = portion_options(__doc__)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--startup", type=int, default=15, help="measured trials before TPE proposes")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    return parser.parse_args()


def _pruning(search: MaximalSearch) -> PruningParams:
    return PruningParams(**search.pruning.model_dump(), fold_p=0.0)


def _told(side: str, recipe: Recipe, objective: TrialRunner, epochs: float, space: Space) -> tuple[TrialRecord, ...]:
    """Run a study until it has trained so many epochs, and print what came of it."""
    budget, started = Budget(epochs), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), {}) as journal:
        listeners = Listeners(budget.record, lambda _: None)
        found = run_study(recipe, objective, lambda: worker_pool(recipe.window), journal, listeners, budget.spent)
    records = budget.within(found)
    told = {
        "side": side,
        "seed": recipe.seed,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "trials": dict(sorted(Counter(record.state for record in records).items())),
        "epochs": sum(len(record.epochs) for record in records),
        "best": ranked(records)[0].value,
        "best_after": _best_after(records),
        "failures": dict(Counter(record.reason for record in records if record.state in ("failed", "infeasible"))),
        "importances": importances(space, records),
    }
    print(json.dumps(told), flush=True)
    return records


def _best_after(records: Sequence[TrialRecord]) -> list[float]:
    """The best value that each tenth of the epochs had brought."""
    total = sum(len(record.epochs) for record in records)
    trained = list(accumulate(len(record.epochs) for record in records))
    cuts = [total * tenth / TENTHS for tenth in range(1, TENTHS + 1)]
    seen = [[record for record, end in zip(records, trained, strict=True) if end <= cut] for cut in cuts]
    return [round(max((record.value or 0.0 for record in ranked(some)), default=0.0), 4) for some in seen]


if __name__ == "__main__":
    main()
