"""The two orders of trials: how busy they keep workers, what they find, what they cost. All but the cost is simulated.

usage: PYTHONPATH=src python bench/order.py [--seeds 20] [--trials 600] [--found 80]
The study, its sampler and its orders are the real ones; trials are simulated, and so is the time that they take: epochs
of ten unequal encoders, lognormal around a cost that the order by cost knows up to a factor of each encoder. Prints one
JSON line a setting: busy (the share of 8 workers' time), best (the value of the best trial without its noise, after as
many epochs on each side), or milliseconds of processor a trial.
"""

import argparse
import heapq
import json
import random
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean, stdev

from response_surface import COSTS, EPOCHS, SPACE, Simulated, UniformSampler, true_value

from redsm5_hpo.execution.epoch_reports import EpochReports, local_reports
from redsm5_hpo.params import load_params
from redsm5_hpo.search.order import CostOrder, NumberOrder, TrialOrder
from redsm5_hpo.search.pruners import MedianEpochPruner, Pruner
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.samplers import SobolSampler, TpeSampler
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, SampledStudy, optimize

DEFAULTS = load_params(Path(__file__).parents[1] / "params.yaml").default_configuration
WORKERS = 8
MODEL_ERROR = 0.2  # how wrong the computed cost is, a lognormal factor for each encoder


class Simulation:
    """A study on workers whose time is simulated."""

    def __init__(
        self, study: SampledStudy, order: TrialOrder, pruner: Pruner | None, noise: float, *, reports: bool = True
    ) -> None:
        self._study, self._order, self._objective, self._reports = study, order, Simulated(pruner), reports
        self._random, self._noise = random.Random(study.seed), noise  # noqa: S311 (a simulation)
        self._factor = {name: self._random.lognormvariate(0, MODEL_ERROR) for name in COSTS}
        self._records: list[TrialRecord] = []  # of all trials made, though the study does not know them yet
        self._queue: deque[int] = deque()
        self._events: list[tuple[float, int, int]] = []  # an epoch's end, its trial and its number
        self._free, self._now, self._busy = WORKERS, 0.0, 0.0

    def run(self) -> tuple[list[TrialRecord], float]:
        """The records, and the share of the workers' time that trials took."""
        self._start()
        while self._events:
            self._now, number, epoch = heapq.heappop(self._events)
            if epoch == len(self._records[number].epochs):
                self._free += 1
                self._order.ended(self._records[number])
            else:
                self._train(number, epoch + 1)
                if self._reports:
                    self._order.progressed(number, epoch + 1)
            self._start()
        return self._records, self._busy / (WORKERS * self._now)

    def _start(self) -> None:
        while len(self._records) < self._study.trials and (seen := self._order.seen()) is not None:
            number, visible = len(self._records), set(seen)
            running = [record.params for record in self._records if record.number not in visible]
            record = self._objective(self._study.ask(number, [self._records[other] for other in seen], running))
            self._records.append(record)
            self._order.started(record.params)
            self._queue.append(number)
        while self._queue and self._free:
            self._free -= 1
            self._train(self._queue.popleft(), 1)

    def _train(self, number: int, epoch: int) -> None:
        encoder = str(self._records[number].params["encoder"])
        seconds = COSTS[encoder] * self._factor[encoder] * self._random.lognormvariate(0, self._noise)
        self._busy += seconds
        heapq.heappush(self._events, (self._now + seconds, number, epoch))


def new_order(kind: str, concurrent: int) -> TrialOrder:
    """An order in which no trial has started."""
    if kind == "number":
        return NumberOrder(concurrent)
    return CostOrder(concurrent, lambda values: COSTS[str(values["encoder"])], EPOCHS)


def busy(kind: str, concurrent: int, trials: int, noise: float, seeds: Sequence[int], *, reports: bool = True) -> float:
    """The mean share of the workers' time that trials take, of configurations drawn at random."""
    sampler = UniformSampler()
    studies = (SampledStudy(seed, trials, concurrent, sampler, DEFAULTS) for seed in seeds)
    return fmean(
        Simulation(study, new_order(kind, concurrent), None, noise, reports=reports).run()[1] for study in studies
    )


def searched(kind: str, concurrent: int, trials: int, seeds: Sequence[int]) -> list[list[TrialRecord]]:
    """The records of a TPE search with pruning, seed by seed."""
    sampler, pruner = TpeSampler(SobolSampler(SPACE), startup=15), MedianEpochPruner(10, 1)
    studies = (SampledStudy(seed, trials, concurrent, sampler, DEFAULTS) for seed in seeds)
    return [Simulation(study, new_order(kind, concurrent), pruner, 0.2).run()[0] for study in studies]


def best_after(records: Sequence[TrialRecord], epochs: int) -> float:
    """The noiseless value of the best complete trial among the first that have trained so many epochs."""
    trained, within = 0, list[TrialRecord]()
    for record in records:
        if trained < epochs:
            within.append(record)
        trained += len(record.epochs)
    return true_value(max((r for r in within if r.state == "complete"), key=lambda record: record.value or 0.0).params)


def overhead(kind: str, trials: int) -> float:
    """Milliseconds of processor a trial: the study's loop, the journal and the reports; trials train nothing."""
    reports, study = EpochReports(), SampledStudy(7, trials, 12, UniformSampler(), DEFAULTS)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_journal(Path(folder), {}) as journal,
        local_reports(reports) as report,
    ):
        objective, callbacks = Simulated(None, report), Callbacks(lambda _: None, lambda _: None)
        started = time.process_time()
        pool = ThreadPoolExecutor(WORKERS)
        optimize(study, objective, lambda: pool, journal, callbacks, order=new_order(kind, 12), reports=reports)
        return (time.process_time() - started) / trials * 1000


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=600, help="of the simulations of workers")
    parser.add_argument("--found", type=int, default=80, help="trials of the searches")
    options = parser.parse_args()
    seeds = range(options.seeds)
    for kind, concurrent in (("number", 8), ("number", 16), ("number", 32), ("cost", 8), ("cost", 12), ("cost", 16)):
        for noise in (0.05, 0.2):
            share = busy(kind, concurrent, options.trials, noise, seeds[:5])
            print(json.dumps({"order": kind, "w": concurrent, "noise": noise, "busy": round(share, 3)}), flush=True)
    share = busy("cost", 12, options.trials, 0.2, seeds[:5], reports=False)
    print(json.dumps({"order": "cost", "w": 12, "reports": False, "busy": round(share, 3)}), flush=True)
    for kind in ("number", "cost"):
        print(json.dumps({"order": kind, "ms_a_trial": round(overhead(kind, options.trials), 2)}), flush=True)
    settings = (("number", 8), ("number", 32), ("cost", 12))
    searches = {(kind, concurrent): searched(kind, concurrent, options.found, seeds) for kind, concurrent in settings}
    epochs = min(sum(len(record.epochs) for record in records) for each in searches.values() for records in each)
    for (kind, concurrent), each in searches.items():
        values = [best_after(records, epochs) for records in each]
        spread = stdev(values) if len(values) > 1 else 0.0
        result = {"epochs": epochs, "best": round(fmean(values), 4), "sd": round(spread, 4)}
        print(json.dumps({"order": kind, "w": concurrent, **result}), flush=True)


if __name__ == "__main__":
    main()
