"""The figure of where the time goes: a bar a run, stacked by stage.

Owns its rows, its unit and the order of stages. It is the page's alone: times differ from run to run and between
machines, so no stage writes them into the data of a figure, and dvc.yaml does not name it.
"""

from collections.abc import Sequence

from redsm5_hpo.core import layout
from redsm5_hpo.core.files import Json
from redsm5_hpo.pages.figures import Picture, picture
from redsm5_hpo.pages.formats import duration, unit
from redsm5_hpo.pages.runs import AFTER_SEARCH, Run

FIGURE = {"title": "Time by stage", "template": "times", "x": "time", "y": {"metrics/time": "run"}, "y_label": "run"}
_STAGES = (*layout.search_stages(), *AFTER_SEARCH)  # of either search, in the order in which they run


def timed_stages(runs: Sequence[Run]) -> list[str]:
    """The stages that one of these runs has a time of, in the order in which they run."""
    after = (layout.after_search(stage, search) for search in layout.SEARCHES for stage in AFTER_SEARCH)
    return [stage for stage in dict.fromkeys([*_STAGES, *after]) if any(stage in run.seconds for run in runs)]


def times_picture(runs: Sequence[Run]) -> Picture:
    """Draw the times of these runs; without any there is no drawing."""
    name, per_unit = unit(max(sum(run.seconds.values()) for run in runs))
    points = [point for run in runs for point in _points(run, per_unit)]
    return picture("times", {**FIGURE, "x_label": f"time ({name})"}, points, "cost")


def _points(run: Run, per_unit: int) -> list[dict[str, Json]]:
    """A row each stage that has a time. select_max is a select, since the run's name says of which search."""
    kinds = {layout.after_search(stage, run.search): stage for stage in AFTER_SEARCH}
    times = {kinds.get(name, name): seconds for name, seconds in run.seconds.items()}
    total = duration(sum(times.values()))
    return [
        {"run": run.name, "stage": stage, "order": _STAGES.index(stage), "time": seconds / per_unit, "total": total}
        for stage, seconds in times.items()
    ]
