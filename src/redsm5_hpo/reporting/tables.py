"""The table behind a figure.

Owns its form: a CSV file whose first column is the architecture, so that one figure may join those of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core.files import Json, write_csv

_DIGITS = 6


@dataclass(frozen=True)
class Table:
    """The data of a figure for one architecture.

    Attributes:
        name: of the file, without its ending.
        columns: their names, without the architecture's.
        rows: one value for each column; None is an empty field.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Json]]

    def write(self, folder: Path, architecture: str) -> None:
        """Write NAME.csv, numbers with up to six decimals and flags as 0 or 1."""
        rows = ((architecture, *map(_written, row)) for row in self.rows)
        write_csv(folder / f"{self.name}.csv", ("architecture", *self.columns), rows)


def _written(value: Json) -> Json:
    if isinstance(value, bool):
        return int(value)
    return round(value, _DIGITS) if isinstance(value, float) else value
