"""How busy workers are."""

import pytest

from redsm5_hpo.execution.busy_workers import BusyWorkers

# Each step: the time, and whether a trial starts or ends then.
STEPS = {
    "nothing has run": ([], 1.0),
    "all of them all the time": ([(5, 1), (5, 1), (15, -1)], 1.0),
    "one of two": ([(5, 1), (15, -1)], 0.5),
    "more trials than workers": ([(0, 1), (0, 1), (0, 1), (10, -1)], 1.0),
    "a pause": ([(0, 1), (0, 1), (10, -1), (10, -1), (20, 1), (40, -1)], 0.5),
}


@pytest.mark.parametrize(("steps", "share"), STEPS.values(), ids=STEPS)
def test_it_is_the_share_of_the_time_since_the_first_trial(steps: list[tuple[int, int]], share: float) -> None:
    now = [0.0]
    busy = BusyWorkers(2, lambda: now[0])
    for time, change in steps:
        now[0] = float(time)
        busy.started() if change > 0 else busy.ended()
    assert busy.share() == pytest.approx(share)
