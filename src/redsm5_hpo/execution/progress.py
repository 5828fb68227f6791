"""Where a stage stands in the run of DVC that it belongs to: `stage 7 of 30, about 4 min left`.

Owns the line and what it counts. A stage that need not run counts as done. Where DVC's command cannot be read, or its
options run other stages than those that are out of date, there is no line.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import psutil

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.layout import PARAMS
from redsm5_hpo.execution.dvc_command import running_targets
from redsm5_hpo.execution.out_of_date import out_of_date
from redsm5_hpo.execution.pipelines import PIPELINES, Stage, declared_stages, read_mapping
from redsm5_hpo.execution.stage_times import StageTime, estimated_seconds, read_times, stage_cost, write_time

_DVC_SECONDS = 2.0  # DVC's own time for a stage, mostly for reading and writing dvc.lock (bench/README.md)


@contextmanager
def reported_progress(address: str) -> Iterator[None]:
    """Print the line of a stage, run the block, and keep how long the stage took.

    Args:
        address: what DVC calls the stage, such as hpo_s1@joint or maximal/dvc.yaml:hpo_max@joint.
    """
    stage, settings = address.rpartition(":")[2], read_mapping(PARAMS)
    targets = running_targets()
    planned = {} if targets is None else planned_stages(declared_stages(), targets)
    left = out_of_date(planned)
    if stage in left and len(planned) > 1:
        costs = {name: stage_cost(name, settings) for name in left}
        _write(progress_line(len(planned), len(left), estimated_seconds(costs, read_times())))
    yield
    cost = stage_cost(stage, settings)
    if cost is not None:
        with suppress(HpoError, OSError):  # a full disk: nothing depends on the file
            write_time(stage, StageTime(round(_process_seconds() + _DVC_SECONDS, 1), cost))


def planned_stages(stages: Mapping[str, Stage], targets: Sequence[str]) -> dict[str, Stage]:
    """The stages that DVC goes through for its targets, with all that they depend on; none for an unknown target."""
    chosen: list[str] = []
    for target in targets or [str(PIPELINES[0])]:
        name = target.rpartition(":")[2]
        found = [each for each, stage in stages.items() if name in (each, each.partition("@")[0], str(stage.pipeline))]
        if not found:
            return {}
        chosen += found
    written = {out: name for name, stage in stages.items() for out in stage.outs}
    planned: set[str] = set()
    while chosen:
        name = chosen.pop()
        if name not in planned:
            planned.add(name)
            chosen += [written[dep] for dep in stages[name].deps if dep in written]
    return {name: stage for name, stage in stages.items() if name in planned}


def progress_line(planned: int, left: int, seconds: float | None) -> str:
    """The line of a stage that is one of `left` stages which still have to run."""
    place = f"stage {planned - left + 1} of {planned}"
    return place if seconds is None else f"{place}, about {rough_duration(seconds)} left"


def rough_duration(seconds: float) -> str:
    """Seconds as text, no more exact than an estimate: `20 s`, `4 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds / 10)) * 10} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(round(minutes, -1), 60)
    return f"{hours} h {rest:02d} min" if hours < 10 else f"{round(minutes / 60)} h"


def _process_seconds() -> float:
    """The time since this process started: the imports of a stage take a second or two."""
    return time.time() - float(psutil.Process().create_time())


def _write(line: str) -> None:
    with suppress(OSError):  # a closed terminal, a full disk of a log file
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
