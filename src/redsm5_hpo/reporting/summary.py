"""The table at the end of a run: `python -m redsm5_hpo.reporting.summary`.

Owns what a run says last. Reads metrics files alone; what is missing there is shown as a dash, never guessed.
"""

from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.errors import run_command
from redsm5_hpo.files import Json, read_json
from redsm5_hpo.params import Params, load_params
from redsm5_hpo.reporting.verdict import without_default

HEADER = (
    "architecture",
    "val F1",
    "rerun F1",
    "ships",
    "test F1",
    "strongest floor",
    "beats all",
    "complete/pruned/failed",
    "time",
)
_STAGES = ("hpo_s0", "hpo_s1", "hpo_s2", "select", "refit", "evaluate")
_SEARCH_STAGES = _STAGES[:3]


def summary(params: Params, metrics: Path) -> str:
    """The table for the architectures of params, and what its numbers may be taken for."""
    rows = [
        _row(architecture, metrics / architecture, metrics / "time" / architecture)
        for architecture in params.architectures
    ]
    lines = [_aligned([HEADER, *rows])]
    if params.data.source == "demo":
        lines.append("Scores on the invented demo corpus show that the pipeline works; they say nothing about ReDSM5.")
    return "\n".join(lines)


def _row(architecture: str, folder: Path, times: Path) -> tuple[str, ...]:
    test, best, select = (_read(folder / f"{name}.json") for name in ("test", "hpo_s2", "select"))
    return (
        architecture,
        _f1(best, "best", "f1_macro"),
        _f1(select, "candidates", str(select.get("shipped")), "mean"),
        str(select.get("shipped", "-")),
        _f1(test, "f1_macro"),
        _floor(test),
        _beaten(test),
        _trials([_read(folder / f"{stage}.json") for stage in _SEARCH_STAGES]),
        _time([_read(times / f"{stage}.json") for stage in _STAGES]),
    )


def _read(path: Path) -> Json:
    return read_json(path) if path.exists() else {}


def _f1(record: Json, *keys: str) -> str:
    for key in keys:
        record = record.get(key, {})
    return f"{record:.3f}" if isinstance(record, float | int) else "-"


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


def _time(stages: Sequence[Json]) -> str:
    seconds = [stage["seconds"] for stage in stages if "seconds" in stage]
    return f"{sum(seconds):.0f} s" if seconds else "-"


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
