"""The maximal search beside random search that trains as many epochs: best val f1_macro, seed by seed.

usage: PYTHONPATH=src python bench/maximal_against_random.py criteria [--rows 400] [--epochs 2] [--seeds 1 2 3]
Both sample the space of maximal/params.yaml and start from the default configuration. The search samples with TPE and
prunes; random search samples uniformly, prunes nothing, and starts trials until it has trained as many epochs. Prints
one JSON line a study, with the best value after each tenth of the epochs. Takes hours.
"""

import argparse
import json
import math
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

from redsm5_hpo.execution.forkserver import start_worker_server

if __name__ == "__main__":
    start_worker_server("redsm5_hpo.search.trial")

from task import ROOT, cut, portion_options

from redsm5_hpo.core.layout import MAXIMAL_PARAMS
from redsm5_hpo.core.seeding import generator
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import Space, load_params
from redsm5_hpo.params.maximal import load_maximal
from redsm5_hpo.search.objective import TrialObjective
from redsm5_hpo.search.pruners import MedianEpochPruner, NoPruner
from redsm5_hpo.search.records import TrialRecord, Values, ranked
from redsm5_hpo.search.results.importances import importances
from redsm5_hpo.search.samplers import SobolSampler, TpeSampler
from redsm5_hpo.search.searches.space_filter import available_space
from redsm5_hpo.search.space import active_values, from_unit_cube
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, SampledStudy, optimize
from redsm5_hpo.training.fit_spec import FitSpec
from redsm5_hpo.training.workers import training_workers

MANY = 100_000  # trials, more than random search gets to
TENTHS = 10


@dataclass(frozen=True)
class RandomSampler:
    """Uniform samples, a function of the study's seed and the trial's number, after some parameters that come first."""

    space: Space
    first: tuple[Values, ...]

    def sample(self, seed: int, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> Values:  # noqa: ARG002
        """The parameters of a trial."""
        if number < len(self.first):
            return dict(self.first[number])
        return from_unit_cube(self.space, generator(seed, "random", number).random(len(self.space)).tolist())


class Budget:
    """Counts epochs as trials finish."""

    def __init__(self, epochs: float) -> None:
        self._epochs, self._trained = epochs, 0

    def record(self, trial: TrialRecord) -> None:
        """Add a trial."""
        self._trained += len(trial.epochs)

    def spent(self) -> bool:
        """Whether no trial may start anymore."""
        return self._trained >= self._epochs

    def within(self, records: Sequence[TrialRecord]) -> tuple[TrialRecord, ...]:
        """The first trials that together trained as many epochs: which others were running then is chance."""
        trained = accumulate(len(record.epochs) for record in records)
        before = sum(epochs < self._epochs for epochs in trained)
        return tuple(records[: before + 1])


def main() -> None:
    """Run both sides for every seed."""
    options = _parse()
    params, search = load_params(ROOT / "params.yaml"), load_maximal(ROOT / MAXIMAL_PARAMS).hpo.max
    architecture, defaults = options.architecture, params.default_configuration
    space, _ = available_space(search.space, architecture)
    first = (active_values(space, defaults.without_nulls().model_dump()),)
    spec = FitSpec(
        architecture,
        params.training,
        options.epochs,
        cut(Portion((options.splits / "train",)), architecture, options.rows),
        cut(Portion((options.splits / "val",)), architecture, options.rows // 3),
    )
    pruner = MedianEpochPruner(search.pruning.startup_trials, search.pruning.warmup_epochs)
    sampler = TpeSampler(SobolSampler(space, first), options.startup)
    for seed in options.seeds:
        tpe = SampledStudy(seed, options.trials, options.workers, sampler, defaults)
        records = _run("search", tpe, TrialObjective(spec, pruner), math.inf, space)
        epochs = sum(len(record.epochs) for record in records)
        uniform = SampledStudy(seed, MANY, options.workers, RandomSampler(space, first), defaults)
        _run("random", uniform, TrialObjective(spec, NoPruner()), epochs, space)


def _parse() -> argparse.Namespace:
    parser = portion_options(__doc__)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--startup", type=int, default=15, help="measured trials before TPE samples")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    return parser.parse_args()


def _run(
    side: str, study: SampledStudy, objective: TrialObjective, epochs: float, space: Space
) -> tuple[TrialRecord, ...]:
    """Run a study until it has trained so many epochs, and print its results."""
    budget, started = Budget(epochs), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), {}) as journal:
        callbacks = Callbacks(budget.record, lambda _: None)
        workers = partial(training_workers, study.max_concurrent_trials)
        found = optimize(study, objective, workers, journal, callbacks, budget.spent)
    records = budget.within(found)
    result = {
        "side": side,
        "seed": study.seed,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "trials": dict(sorted(Counter(record.state for record in records).items())),
        "epochs": sum(len(record.epochs) for record in records),
        "best": ranked(records)[0].value,
        "best_after": _best_after(records),
        "failures": dict(Counter(record.reason for record in records if record.state in ("failed", "infeasible"))),
        "importances": importances(space, records),
    }
    print(json.dumps(result), flush=True)
    return records


def _best_after(records: Sequence[TrialRecord]) -> list[float]:
    """The best value after each tenth of the epochs."""
    total = sum(len(record.epochs) for record in records)
    trained = list(accumulate(len(record.epochs) for record in records))
    cuts = [total * tenth / TENTHS for tenth in range(1, TENTHS + 1)]
    seen = [[record for record, end in zip(records, trained, strict=True) if end <= cut] for cut in cuts]
    return [round(max((record.value or 0.0 for record in ranked(some)), default=0.0), 4) for some in seen]


if __name__ == "__main__":
    main()
