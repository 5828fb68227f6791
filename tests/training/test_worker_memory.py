"""A worker's memory: flat over a long study, and a trial that does not fit says so."""

import resource

import psutil
import pytest

from redsm5_hpo.search.records import TrialRequest
from redsm5_hpo.search.runner import TrialRunner
from redsm5_hpo.training.workers import worker_pool
from tests.training.builders import CONFIGURATION, encoder, plan

TRIALS, SETTLED = 200, 40
MOST_GROWTH_MIB = 30


def request(number):
    return TrialRequest(number, {"batch_size": (4, 8, 16)[number % 3], "dropout": 0.1 * (number % 2)}, number, ())


def resident_mib():
    return psutil.Process().memory_info().rss / 2**20


def leave_only(mib):
    """From now on this process gets that much more address space and nothing beyond."""
    room = psutil.Process().memory_info().vms + mib * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (int(room), resource.RLIM_INFINITY))


@pytest.fixture
def runner(tiny, splits):
    return TrialRunner(plan(splits, "criteria", encoder(tiny["bert"]), epochs=1, defaults=CONFIGURATION), None)


@pytest.mark.kills
@pytest.mark.usefixtures("server")
def test_a_workers_memory_is_flat_over_many_trials(runner):
    with worker_pool(1) as pool:
        for number in range(TRIALS):
            assert pool.submit(runner, request(number)).result().state == "complete"
            if number == SETTLED:
                settled = pool.submit(resident_mib).result()
        grown = pool.submit(resident_mib).result() - settled
    print(f"{grown:.1f} MiB more after {TRIALS} trials than after {SETTLED} ({settled:.0f} MiB)")
    assert grown < MOST_GROWTH_MIB


@pytest.mark.usefixtures("server")
def test_a_trial_that_finds_no_room_is_infeasible(tiny, splits):
    # Weights of the heads alone would be some 2 GB.
    wide = TrialRunner(plan(splits, "criteria", encoder(tiny["bert"]), epochs=1, defaults=CONFIGURATION), None)
    with worker_pool(1) as pool:
        assert pool.submit(wide, request(0)).result().state == "complete"
        pool.submit(leave_only, 64).result()
        big = TrialRequest(1, {"head_hidden_size": 8192, "head_layers": 3}, 1, ())
        record = pool.submit(wide, big).result()
    assert (record.state, record.reason) == ("infeasible", "out of memory")
