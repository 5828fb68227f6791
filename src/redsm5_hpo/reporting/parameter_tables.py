"""The tables of the searched parameters' figures: how much each matters, and value against two of them.

Owns their columns, and which stage's trials they show: those of the stage with the most complete trials, since
importances need many. Does not compute importances.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redsm5_hpo.params import Choices, Scalar, Space
from redsm5_hpo.params.space import Range
from redsm5_hpo.reporting.tables import Table
from redsm5_hpo.search.records import TrialRecord, ranked
from redsm5_hpo.search.results.importances import importances

_SHOWN = 2
_MOST_BARS = 12


@dataclass(frozen=True)
class SearchedStage:
    """A search stage with its space and trials."""

    name: str
    space: Space
    records: tuple[TrialRecord, ...]


def parameter_tables(stages: Sequence[SearchedStage]) -> tuple[Table, Table]:
    """The tables "importances" and "parameters"; without importances those with a logarithmic range come first."""
    stage = max(stages, key=lambda each: len(ranked(each.records)))  # the first of equals
    found = importances(stage.space, stage.records)
    names = sorted(stage.space, key=lambda name: (-found.get(name, 0.0), not _is_log(stage.space[name]), name))
    return _importances(stage, found, names[:_MOST_BARS]), _parameters(stage, names[:_SHOWN])


def _importances(stage: SearchedStage, found: Mapping[str, float], names: Sequence[str]) -> Table:
    columns, complete = ("parameter", "importance", "stage", "complete"), len(ranked(stage.records))
    if not found:
        return Table("importances", columns, [(f"{complete} complete trials are too few", 0.0, stage.name, complete)])
    return Table("importances", columns, [(name, found[name], stage.name, complete) for name in names if name in found])


def _parameters(stage: SearchedStage, names: Sequence[str]) -> Table:
    best = ranked(stage.records)[0].number
    rows = [
        (rank, _titled(name, stage.space[name]), record.number, record.state, record.number == best, position, value)
        for rank, name in enumerate(names, start=1)
        for record in stage.records
        if name in record.params
        for position, value in [(_position(stage.space[name], record.params[name]), record.value)]
    ]
    return Table("parameters", ("rank", "parameter", "trial", "state", "is_best", "position", "value"), rows)


def _titled(name: str, dimension: Range | Choices) -> str:
    """The parameter with what its positions on the axis mean."""
    if isinstance(dimension, Choices) and not _is_numeric(dimension):
        return f"{name}: {', '.join(f'{index}={choice}' for index, choice in enumerate(dimension.choices))}"
    return f"log10 {name}" if _is_log(dimension) else name


def _position(dimension: Range | Choices, value: Scalar) -> float | None:
    """Where a value stands on an axis: its number, the number's logarithm to the base of ten, or a choice's index."""
    if isinstance(dimension, Choices) and not _is_numeric(dimension):
        return dimension.choices.index(value) if value in dimension.choices else None
    if not isinstance(value, int | float):
        return None
    return math.log10(value) if _is_log(dimension) else float(value)


def _is_log(dimension: Range | Choices) -> bool:
    return isinstance(dimension, Range) and dimension.log


def _is_numeric(dimension: Choices) -> bool:
    return all(isinstance(choice, int | float) and not isinstance(choice, bool) for choice in dimension.choices)
