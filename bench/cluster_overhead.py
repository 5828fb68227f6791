"""What a trial costs more at the workers of a cluster than in a local pool: the real study, trials that train nothing.

usage: PYTHONPATH=src:. python bench/cluster_overhead.py [--trials 500] [--workers 8]
Starts a scheduler and workers on this machine. Prints one JSON line: milliseconds a trial in both, and the difference.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from bench.trials_scale import objective
from redsm5_hpo.execution.cluster.connection import Connection
from redsm5_hpo.execution.cluster.executor import ClusterExecutor
from redsm5_hpo.execution.cluster.settings import ClusterSettings
from redsm5_hpo.execution.forkserver import start_worker_server
from redsm5_hpo.execution.pool import worker_pool
from redsm5_hpo.execution.worker_setup import WorkerSetup
from redsm5_hpo.params import load_params
from redsm5_hpo.search.samplers import SobolSampler
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.study import Callbacks, SampledStudy, optimize
from tests.execution.cluster.dask_processes import Cluster
from tests.execution.cluster.tasks import unprepared

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Run the study in both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--workers", type=int, default=8)
    options = parser.parse_args()
    params = load_params(ROOT / "params.yaml")
    sampler = SobolSampler(params.hpo.space)
    study = SampledStudy(7, options.trials, options.workers, sampler, params.default_configuration)
    start_worker_server("bench.trials_scale")
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder), options.workers)
        try:
            there = partial(ClusterExecutor, Connection(ClusterSettings(cluster.address, {})), WorkerSetup(unprepared))
            milliseconds = {
                "local_ms": measured(study, lambda: worker_pool(options.workers, unprepared)),
                "cluster_ms": measured(study, there),
            }
        finally:
            cluster.close()
    overhead = milliseconds["cluster_ms"] - milliseconds["local_ms"]
    print(json.dumps({"trials": options.trials, "workers": options.workers, **milliseconds, "overhead_ms": overhead}))


def measured(study: SampledStudy, open_executor: Callable[[], Executor]) -> float:
    """Milliseconds a trial, from the first that is finished on: workers have started then."""
    ends: list[float] = []
    callbacks = Callbacks(lambda _: ends.append(time.perf_counter()), lambda _: None)
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), {}) as journal:
        optimize(study, objective, open_executor, journal, callbacks)
    started = 2 * study.max_concurrent_trials  # all workers have one behind them
    return round((ends[-1] - ends[started]) / (len(ends) - 1 - started) * 1e3, 1)


if __name__ == "__main__":
    main()
