"""A worker's memory: constant over a long study; a trial that needs too much is infeasible."""

import resource

import psutil
import pytest

from redsm5_hpo.search.objective import TrialObjective
from redsm5_hpo.search.pruners import NoPruner
from redsm5_hpo.search.records import TrialRequest
from redsm5_hpo.training.workers import training_workers
from tests.training.builders import configured, spec

TRIALS, SETTLED = 200, 40
MAX_GROWTH_MIB = 30


def request(directory, number, **params):
    return TrialRequest(number, params, configured(directory, **params), number, ())


def small(directory, number):
    return request(directory, number, batch_size=(4, 8, 16)[number % 3], dropout=0.1 * (number % 2))


def resident_mib():
    return psutil.Process().memory_info().rss / 2**20


def leave_only(mib):
    """Limit this process to so much more address space."""
    room = psutil.Process().memory_info().vms + mib * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (int(room), resource.RLIM_INFINITY))


@pytest.fixture
def objective(splits):
    return TrialObjective(spec(splits, "criteria", epochs=1), NoPruner())


@pytest.mark.kills
@pytest.mark.usefixtures("server")
def test_a_workers_memory_is_constant_over_many_trials(objective, tiny):
    with training_workers(1) as pool:
        for number in range(TRIALS):
            assert pool.submit(objective, small(tiny["bert"], number)).result().state == "complete"
            if number == SETTLED:
                settled = pool.submit(resident_mib).result()
        grown = pool.submit(resident_mib).result() - settled
    print(f"{grown:.1f} MiB more after {TRIALS} trials than after {SETTLED} ({settled:.0f} MiB)")
    assert grown < MAX_GROWTH_MIB


@pytest.mark.usefixtures("server")
def test_a_trial_that_needs_too_much_memory_is_infeasible(objective, tiny):
    with training_workers(1) as pool:
        assert pool.submit(objective, small(tiny["bert"], 0)).result().state == "complete"
        pool.submit(leave_only, 64).result()
        # The weights of the heads alone take about 2 GB.
        large = request(tiny["bert"], 1, head_hidden_size=8192, head_layers=3)
        record = pool.submit(objective, large).result()
    assert (record.state, record.reason) == ("infeasible", "out of memory")
