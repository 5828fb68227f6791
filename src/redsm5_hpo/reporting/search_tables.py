"""The tables of the search's figures: its trials, their curves, what they bought, and the reruns of the best.

Owns their columns. Reads records; trains nothing.
"""

from collections.abc import Mapping, Sequence

from redsm5_hpo.core.files import Json
from redsm5_hpo.params import Configuration
from redsm5_hpo.reporting.tables import Table
from redsm5_hpo.search.records import TrialRecord, ranked
from redsm5_hpo.search.results.budget_curve import budget_rows, counted_scores

Stages = Mapping[str, Sequence[TrialRecord]]  # the trials of each search stage, in the order of the stages


def trial_table(stages: Stages, default: Configuration | None) -> Table:
    """One row a trial, in the order in which they were asked for; `best` is the stage's best complete value so far."""
    rows: list[tuple[Json, ...]] = []
    for stage, records in stages.items():
        best: float | None = None
        for record in records:
            best = _better(best, record)
            is_default = default is not None and _is_same(default.with_values(record.params), default)
            rows.append((len(rows) + 1, stage, record.number, record.state, record.value, best, is_default))
    return Table("trials", ("order", "stage", "trial", "state", "value", "best", "default"), rows)


def curve_table(records: Sequence[TrialRecord]) -> Table:
    """One row an epoch of each trial, fold after fold where a trial is fitted on several."""
    best = ranked(records)[0].number
    rows = [
        (record.number, record.state, record.number == best, epoch, each.f1_macro)
        for record in records
        for epoch, each in enumerate(record.epochs, start=1)
    ]
    return Table("curves", ("trial", "state", "is_best", "epoch", "f1"), rows)


def budget_table(records: Sequence[TrialRecord]) -> Table:
    """The expected best value of so many trials, and its band of one standard deviation."""
    scores = counted_scores((record.state, record.value) for record in records)
    rows = [(row.trials, row.expected, row.low, row.high) for row in budget_rows(scores)]
    return Table("budget", ("trials", "expected", "low", "high"), rows)


def rerun_table(selection: Mapping[str, Json]) -> Table:
    """Value in the search, and mean and mean -+ one standard error of the reruns, of each candidate.

    The default configuration has no value in the search. A candidate of which a run failed has no mean.
    """
    rows = [
        (name, each.get("search"), mean, mean - error, mean + error, name == selection["selected"])
        for name, each in selection["candidates"].items()
        for mean, error in [(each["mean"], each["standard_error"])]
    ]
    rows += [(name, None, None, None, None, False) for name in selection["failed"]]
    return Table("reruns", ("candidate", "search", "rerun", "low", "high", "selected"), rows)


def _is_same(one: Configuration, other: Configuration) -> bool:
    # A trial may set the value that a null means. The factor tells what the rate does, and is not rounded twice.
    first, second = (each.without_nulls().model_dump(exclude={"learning_rate"}) for each in (one, other))
    return first == second


def _better(best: float | None, record: TrialRecord) -> float | None:
    if not ranked([record]) or record.value is None:
        return best
    return record.value if best is None else max(best, record.value)
