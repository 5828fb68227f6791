"""How the search's own cost grows with the number of trials: the real engine around an objective that does nothing.

usage: PYTHONPATH=src python bench/trials_scale.py [--trials 600 1200 5000]
Prints one JSON line a size: seconds in all, milliseconds a trial, of the last trials alone, and the process's memory.
"""

import argparse
import json
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from redsm5_hpo.params import load_params
from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.proposals import SpaceFilling, Tpe
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.search.study import Listeners, Recipe, run_study
from redsm5_hpo.training.records import EpochRecord

ROOT = Path(__file__).parents[1]
LAST = 20  # trials whose cost is shown apart


def answer(request: TrialRequest) -> TrialRecord:
    """A curve of five epochs that depends on the learning rate."""
    rate = float(request.configuration["learning_rate"])
    curve = [(1 - abs(rate - 2e-4) * 1000) * epoch / 5 for epoch in range(1, 6)]
    epochs = tuple(EpochRecord(1.0, 1.0, value, value) for value in curve)
    return TrialRecord(request.number, "complete", request.configuration, request.seed, epochs, curve[-1], 5)


def main() -> None:
    """Run one study of each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[600, 1200, 5000])
    space = load_params(ROOT / "params.yaml").hpo.space
    for trials in parser.parse_args().trials:
        print(json.dumps(measure(Recipe(7, trials, 2, Tpe(SpaceFilling(space), startup=10)))), flush=True)


def measure(recipe: Recipe) -> dict[str, float]:
    """Run one study."""
    ends = [time.process_time()]
    listeners = Listeners(lambda _: ends.append(time.process_time()), lambda _: None)
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), {}) as journal:
        run_study(recipe, answer, lambda: ThreadPoolExecutor(1), journal, listeners)
    last = min(LAST, recipe.trials)
    return {
        "trials": recipe.trials,
        "cpu_s": round(ends[-1] - ends[0], 1),
        "ms_a_trial": round((ends[-1] - ends[0]) / recipe.trials * 1e3, 1),
        "ms_a_trial_at_the_end": round((ends[-1] - ends[-1 - last]) / last * 1e3, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
