"""The two tables at the end of a run: `python -m redsm5_hpo.reporting.summary`.

Owns their columns, the results and then how they were found, each within 80 characters: one row per architecture, and
one more if its maximal search has run. Reads metrics files only, those of the stages: where a stage has failed, what
report recorded is of an earlier run. A missing value is a dash, and so is each of another corpus.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import run_command
from redsm5_hpo.core.files import Json, read_json
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.evaluation.baseline_comparison import without_default
from redsm5_hpo.params import Params, load_params
from redsm5_hpo.reporting.corpus_of_results import CorpusOfResults, of_another_corpus

NAME = "architecture"
TABLES = (
    (NAME, "test F1 [95 %]", "strongest baseline", "beats all"),
    (NAME, "complete/pruned/failed", "epochs", "time", "val F1", "rerun F1", "selected"),
)
Row = dict[str, str]  # column -> cell
_HOUR_SECONDS = 3600
_NOT_HERE = "Nothing has run or been pulled here; what git keeps of earlier runs: `dvc metrics show`, `make page`"
FolderOf = Callable[[str, str], Path]  # architecture and stage -> the folder of its metrics


def summary(params: Params, folder_of: FolderOf = layout.metrics_folder) -> str:
    """The tables for the architectures of params, with a note for the demo corpus."""
    corpus, rows, foreign = CorpusOfResults(params), [], []
    for architecture, search in _runs(params, folder_of):
        row = _row(architecture, search, folder_of)
        if not corpus.is_this(architecture, search):
            foreign.append(row[NAME])
            row = {NAME: row[NAME]}
        rows.append(row)
    lines = ["\n\n".join(_table(columns, rows) for columns in TABLES)]
    if foreign:
        lines.append(of_another_corpus(foreign))
    elif all({*row.values()} == {row[NAME], "-"} for row in rows) and _is_recorded(params):
        lines.append(_NOT_HERE)
    if params.data.source == "demo":
        lines.append("Scores on the invented demo corpus show that the pipeline works; they say nothing about ReDSM5.")
    return "\n".join(lines)


def _runs(params: Params, folder_of: FolderOf) -> Iterator[tuple[Architecture, layout.Search]]:
    for architecture in params.architectures:
        for search in layout.SEARCHES:
            last = folder_of(architecture, layout.last_search_stage(search)) / layout.STUDY_METRICS
            if search == layout.MULTI_STAGE or _read(last):
                yield architecture, search


def _is_recorded(params: Params) -> bool:
    return any(layout.headlines_file(architecture).exists() for architecture in params.architectures)


def _row(architecture: Architecture, search: layout.Search, folder_of: FolderOf) -> Row:
    stages = [layout.search_stage(stage) for stage in layout.SEARCH_STAGES[search]]
    select, refit, evaluate = (layout.after_search(stage, search) for stage in ("select", "refit", "evaluate"))
    studies = [_read(folder_of(architecture, stage) / layout.STUDY_METRICS) for stage in stages]
    selection = _read(folder_of(architecture, select) / layout.SELECTION_METRICS)
    test = _read(folder_of(architecture, evaluate) / layout.TEST_METRICS)
    return {
        NAME: f"{architecture} {search}".strip(),
        "test F1 [95 %]": _with_interval(test),
        "strongest baseline": _strongest(test),
        "beats all": _beaten(test),
        "complete/pruned/failed": _trials(studies),
        "epochs": _epochs(studies),
        "time": _time([_read(layout.time_file(architecture, stage)) for stage in (*stages, select, refit, evaluate)]),
        "val F1": _f1(studies[-1], "best", "f1_macro"),
        "rerun F1": _f1(selection, "candidates", str(selection.get("selected")), "mean"),
        "selected": str(selection.get("selected", "-")),
    }


def _read(path: Path) -> Json:
    return read_json(path) if path.exists() else {}


def _f1(record: Json, *keys: str) -> str:
    for key in keys:
        record = record.get(key, {})
    return f"{record:.3f}" if isinstance(record, float | int) else "-"


def _with_interval(test: Json) -> str:
    ends = test.get("intervals", {}).get("f1_macro")
    interval = f" [{ends['low']:.3f}, {ends['high']:.3f}]" if ends else ""
    return f"{_f1(test, 'f1_macro')}{interval}"


def _strongest(test: Json) -> str:
    name = test.get("strongest_baseline", {}).get("name")
    return f"{name} {_f1(test, 'strongest_baseline', 'f1_macro')}" if name else "-"


def _beaten(test: Json) -> str:
    if "beats_baselines" not in test:
        return "-"
    if any("p_holm" not in baseline for baseline in without_default(test["baselines"]).values()):
        return "too few posts"
    return "yes" if test["beats_baselines"] else "no"


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
    text = f"{seconds:.0f} s" if seconds < _HOUR_SECONDS else f"{seconds / _HOUR_SECONDS:.1f} h"
    return text if times else "-"


def _table(columns: Sequence[str], rows: Sequence[Row]) -> str:
    cells = [columns, *([row.get(column, "-") for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def main() -> None:
    """Print the tables of the run in the working directory."""
    print(summary(load_params()))


if __name__ == "__main__":
    run_command(main)
