"""The table at the end of a run: `python -m redsm5_hpo.reporting.summary`.

Owns what a run says last: one row for each architecture, and one more where the maximal search of it has run. Reads
metrics files alone; what is missing there is shown as a dash, never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.errors import run_command
from redsm5_hpo.files import Json, read_json
from redsm5_hpo.params import Params, load_params
from redsm5_hpo.reporting.verdict import without_default
from redsm5_hpo.training.places import stage_name

HEADER = (
    "architecture",
    "complete/pruned/failed",
    "epochs",
    "time",
    "val F1",
    "rerun F1",
    "ships",
    "test F1 [95 %]",
    "strongest floor",
    "beats all",
)
_HOUR_SECONDS = 3600


@dataclass(frozen=True)
class _Search:
    """One of the two searches, as its files are called.

    Attributes:
        name: what other stages' names end in; empty for the multi-stage search.
        stages: that search; the last one's best trial is the search's.
    """

    name: str
    stages: tuple[str, ...]

    def after(self, stage: str) -> str:
        """The name of a stage that follows the search."""
        return stage_name(stage, self.name)


_MULTISTAGE = _Search("", ("hpo_s0", "hpo_s1", "hpo_s2"))
_MAXIMAL = _Search("max", ("hpo_max",))


def summary(params: Params, metrics: Path) -> str:
    """The table for the architectures of params, and what its numbers may be taken for."""
    rows = [
        _row(architecture, search, metrics)
        for architecture in params.architectures
        for search in (_MULTISTAGE, _MAXIMAL)
        if search is _MULTISTAGE or _read(metrics / architecture / f"{search.stages[-1]}.json")
    ]
    lines = [_aligned([HEADER, *rows])]
    if params.data.source == "demo":
        lines.append("Scores on the invented demo corpus show that the pipeline works; they say nothing about ReDSM5.")
    return "\n".join(lines)


def _row(architecture: str, search: _Search, metrics: Path) -> tuple[str, ...]:
    folder, times = metrics / architecture, metrics / "time" / architecture
    studies = [_read(folder / f"{stage}.json") for stage in search.stages]
    select, test = _read(folder / f"{search.after('select')}.json"), _read(folder / search.name / "test.json")
    timed = (*search.stages, *map(search.after, ("select", "refit", "evaluate")))
    return (
        f"{architecture} {search.name}".strip(),
        _trials(studies),
        _epochs(studies),
        _time([_read(times / f"{stage}.json") for stage in timed]),
        _f1(studies[-1], "best", "f1_macro"),
        _f1(select, "candidates", str(select.get("shipped")), "mean"),
        str(select.get("shipped", "-")),
        _with_interval(test),
        _floor(test),
        _beaten(test),
    )


def _read(path: Path) -> Json:
    return read_json(path) if path.exists() else {}


def _f1(record: Json, *keys: str) -> str:
    for key in keys:
        record = record.get(key, {})
    return f"{record:.3f}" if isinstance(record, float | int) else "-"


def _with_interval(test: Json) -> str:
    ends = test.get("intervals", {}).get("f1_macro")
    return f"{_f1(test, 'f1_macro')}{_interval(ends) if ends else ''}"


def _interval(ends: Json) -> str:
    return f" [{ends['low']:.3f}, {ends['high']:.3f}]"


def _floor(test: Json) -> str:
    name = test.get("strongest_floor", {}).get("name")
    return f"{name} {_f1(test, 'strongest_floor', 'f1_macro')}" if name else "-"


def _beaten(test: Json) -> str:
    if "beats_floor" not in test:
        return "-"
    if any("p_holm" not in floor for floor in without_default(test["floors"]).values()):
        return "too few posts"
    return "yes" if test["beats_floor"] else "no"


def _trials(stages: Sequence[Json]) -> str:
    counts = [stage.get("trials", {}) for stage in stages]
    if not any(counts):
        return "-"
    complete, pruned = (sum(count.get(state, 0) for count in counts) for state in ("complete", "pruned"))
    failed = sum(count.get(state, 0) for count in counts for state in ("failed", "infeasible"))
    return f"{complete}/{pruned}/{failed}"


def _epochs(stages: Sequence[Json]) -> str:
    trained = [stage["epochs"]["trained"] for stage in stages if "epochs" in stage]
    return str(sum(trained)) if trained else "-"


def _time(stages: Sequence[Json]) -> str:
    times = [stage["seconds"] for stage in stages if "seconds" in stage]
    seconds = sum(times)
    told = f"{seconds:.0f} s" if seconds < _HOUR_SECONDS else f"{seconds / _HOUR_SECONDS:.1f} h"
    return told if times else "-"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main() -> None:
    """Print the table of the run in the working directory."""
    print(summary(load_params(), Path("metrics")))


if __name__ == "__main__":
    run_command(main)
