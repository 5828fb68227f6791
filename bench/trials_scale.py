"""How the search's own cost grows with the number of trials: the real study with an objective that trains nothing.

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
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.search.samplers import SobolSampler, TpeSampler
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, SampledStudy, optimize
from redsm5_hpo.training.fit_record import EpochRecord

ROOT = Path(__file__).parents[1]
LAST = 20  # trials whose cost is reported apart


def objective(request: TrialRequest) -> TrialRecord:
    """A curve of five epochs that depends on the learning rate."""
    rate = float(request.params["learning_rate"])
    curve = [(1 - abs(rate - 2e-4) * 1000) * epoch / 5 for epoch in range(1, 6)]
    epochs = tuple(EpochRecord(1.0, 1.0, value, value) for value in curve)
    return TrialRecord(request.number, "complete", request.params, request.seed, epochs, curve[-1], 5)


def main() -> None:
    """Run one study of each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[600, 1200, 5000])
    params = load_params(ROOT / "params.yaml")
    sampler = TpeSampler(SobolSampler(params.hpo.space), startup=10)
    for trials in parser.parse_args().trials:
        print(json.dumps(measure(SampledStudy(7, trials, 2, sampler, params.default_configuration))), flush=True)


def measure(study: SampledStudy) -> dict[str, float]:
    """Run one study."""
    ends = [time.process_time()]
    callbacks = Callbacks(lambda _: ends.append(time.process_time()), lambda _: None)
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), {}) as journal:
        optimize(study, objective, lambda: ThreadPoolExecutor(1), journal, callbacks)
    last = min(LAST, study.trials)
    return {
        "trials": study.trials,
        "cpu_s": round(ends[-1] - ends[0], 1),
        "ms_a_trial": round((ends[-1] - ends[0]) / study.trials * 1e3, 1),
        "ms_a_trial_at_the_end": round((ends[-1] - ends[-1 - last]) / last * 1e3, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
