"""The study: the same records whatever the workers, the timing and the interruptions."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import json_line
from redsm5_hpo.execution.epoch_reports import EpochReports, local_reports
from redsm5_hpo.params import Order
from redsm5_hpo.search.records import TrialRecord, TrialRequest, Values
from redsm5_hpo.search.study import Callbacks, SampledStudy
from tests.search.conftest import DEFAULTS, RunStub, nobody, processes, start_python, stub_study
from tests.search.objectives import Dawdling, learn, mistaken

CONCURRENT, TRIALS = 4, 16


def threads(count: int) -> Callable[[], Executor]:
    return lambda: ThreadPoolExecutor(count)


def lines(records: tuple[TrialRecord, ...]) -> list[str]:
    return [json_line(record.to_json()) for record in records]


@pytest.fixture(params=["number", "cost"])
def order(request: pytest.FixtureRequest) -> Order:
    found: Order = request.param
    return found


@pytest.fixture
def expected(run_stub: RunStub, tmp_path: Path, order: Order) -> list[str]:
    """The records of one worker that never sleeps; with trials of every state."""
    records = run_stub(root=tmp_path / "expected", order=order)
    assert {record.state for record in records} == {"complete", "pruned", "failed", "infeasible"}
    return lines(records)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("executor", [threads, processes], ids=["threads", "processes"])
@pytest.mark.parametrize("workers", [1, 2, 4], ids=["one", "two", "four"])
def test_workers_and_timing_change_nothing(
    run_stub: RunStub,
    expected: list[str],
    workers: int,
    executor: Callable[[int], Callable[[], Executor]],
    order: Order,
) -> None:
    reports = EpochReports()
    with local_reports(reports) as report:
        objective = Dawdling(salt=workers, report=report)
        found = run_stub(objective=objective, executor=executor(workers), order=order, reports=reports)
    assert lines(found) == expected


def test_without_reports_an_order_is_the_same(run_stub: RunStub, expected: list[str], order: Order) -> None:
    assert lines(run_stub(objective=Dawdling(salt=2), executor=threads(4), order=order)) == expected


def test_a_study_resumes_from_every_prefix_of_its_journal(
    run_stub: RunStub, expected: list[str], tmp_path: Path, order: Order
) -> None:
    reports = EpochReports()
    learning = Dawdling(salt=5, report=reports.receive)
    run_stub(objective=learning, executor=threads(4), order=order, reports=reports)
    (journal,) = tmp_path.glob("*/journal.jsonl")
    content = journal.read_text().splitlines(keepends=True)
    assert len(content) == TRIALS + 1
    for kept in range(1, len(content) + 1):
        journal.write_text("".join(content[:kept]))
        asked: list[int] = []

        def objective(request: TrialRequest, asked: list[int] = asked) -> TrialRecord:
            asked.append(request.number)
            return learn(request)

        assert lines(run_stub(objective=objective, order=order)) == expected
        assert len(asked) == TRIALS + 1 - kept


def test_other_seed_other_study(run_stub: RunStub, expected: list[str], tmp_path: Path, order: Order) -> None:
    assert lines(run_stub(stub_study(seed=7), root=tmp_path / "other", order=order)) != expected


def test_the_orders_are_two_studies(run_stub: RunStub, tmp_path: Path) -> None:
    longer = stub_study(2 * TRIALS)
    number, cost = (lines(run_stub(longer, root=tmp_path / order, order=order)) for order in ("number", "cost"))
    assert number[:CONCURRENT] == cost[:CONCURRENT]
    assert number != cost


def test_max_concurrent_trials_is_part_of_the_study(
    run_stub: RunStub, expected: list[str], tmp_path: Path, order: Order
) -> None:
    assert lines(run_stub(stub_study(max_concurrent_trials=2), root=tmp_path / "other", order=order)) != expected


def test_a_longer_study_begins_like_a_shorter_one(
    run_stub: RunStub, expected: list[str], tmp_path: Path, order: Order
) -> None:
    assert lines(run_stub(stub_study(TRIALS + 4), root=tmp_path / "longer", order=order))[:TRIALS] == expected


class Spy:
    """A sampler that records what it was given."""

    def __init__(self) -> None:
        self.seen: dict[int, tuple[list[int], Sequence[Values]]] = {}

    def sample(self, seed: int, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> Values:
        assert seed == 1
        self.seen[number] = ([record.number for record in finished], running)
        return {"warmup_ratio": number / 100, "pooling": "cls"}


def test_a_sampler_sees_what_max_concurrent_trials_allows_and_no_more(run_stub: RunStub) -> None:
    spy = Spy()
    run_stub(SampledStudy(1, 8, 3, spy, DEFAULTS), Dawdling(salt=1), threads(3))
    for number, (finished, running) in spy.seen.items():
        first_running = max(0, number - 2)
        assert finished == list(range(first_running))
        assert running == [{"warmup_ratio": each / 100, "pooling": "cls"} for each in range(first_running, number)]


def test_a_pruner_sees_the_complete_trials_that_a_sampler_sees(run_stub: RunStub, order: Order) -> None:
    histories: dict[int, tuple[tuple[float, ...], ...]] = {}

    def objective(request: TrialRequest) -> TrialRecord:
        histories[request.number] = request.history
        return learn(request)

    spy = Spy()
    records = run_stub(SampledStudy(1, 16, CONCURRENT, spy, DEFAULTS), objective, order=order)
    for number, history in histories.items():
        seen, _ = spy.seen[number]
        assert len(seen) == max(0, number - CONCURRENT + 1)
        assert history == tuple(records[other].curve for other in seen if records[other].state == "complete")


def test_records_are_reported_in_order_and_finished_trials_at_once(run_stub: RunStub) -> None:
    finished: list[int] = []
    recorded: list[int] = []
    callbacks = Callbacks(lambda record: finished.append(record.number), lambda record: recorded.append(record.number))
    run_stub(objective=Dawdling(salt=3), executor=threads(4), callbacks=callbacks)
    assert recorded == list(range(TRIALS)) == sorted(finished)
    assert finished != recorded  # the naps make them finish out of order


def test_a_resumed_study_reports_the_trials_of_the_journal_too(run_stub: RunStub) -> None:
    run_stub()
    recorded: list[int] = []
    run_stub(callbacks=Callbacks(nobody, lambda record: recorded.append(record.number)))
    assert recorded == list(range(TRIALS))


def test_a_whole_journal_needs_no_executor(run_stub: RunStub) -> None:
    def no_executor() -> Executor:
        raise AssertionError

    assert run_stub() == run_stub(executor=no_executor)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("executor", [threads(2), processes(2)], ids=["threads", "processes"])
def test_a_mistake_stops_the_study_with_its_traceback(run_stub: RunStub, executor: Callable[[], Executor]) -> None:
    with pytest.raises(ZeroDivisionError, match="a mistake") as caught:
        run_stub(objective=mistaken, executor=executor)
    assert any("in trial 2 with " in note for note in caught.value.__notes__)


def test_what_finished_before_a_mistake_is_kept(
    run_stub: RunStub, expected: list[str], tmp_path: Path, order: Order
) -> None:
    with pytest.raises(ZeroDivisionError):
        run_stub(objective=mistaken, order=order)
    (journal,) = tmp_path.glob("*/journal.jsonl")
    assert len(journal.read_text().splitlines()) >= 1 + 2  # trial 3 may have finished as well
    assert lines(run_stub(order=order)) == expected


@pytest.mark.slow
def test_a_killed_driver_goes_on_to_the_same_bytes(
    run_stub: RunStub, expected: list[str], tmp_path: Path, order: Order
) -> None:
    with start_python("-m", "tests.search.driver", str(tmp_path), "0.3", order) as driver:
        assert driver.stdout is not None
        for _ in range(5):
            assert driver.stdout.readline() == "+\n"
        with pytest.raises(StudyError, match="already being run"):
            run_stub(order=order)
        driver.kill()
    (journal,) = tmp_path.glob("*/journal.jsonl")
    assert 5 <= len(journal.read_text().splitlines()) - 1 < TRIALS
    assert lines(run_stub(order=order)) == expected
