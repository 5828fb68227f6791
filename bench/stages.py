"""Where the seconds of a run of the pipeline go, stage by stage: a table.

usage: python bench/stages.py [COMMAND ...]      (default: dvc repro)
Runs the command and records when each of its lines is printed. Of each stage: `start`, from DVC's start of it to its
first line (imports, and the workers' description of their machine); `work`, to its last line; `end`, to DVC's update of
dvc.lock (files, exit, hashes of the outs); `dvc`, to the next stage. The work of prepare and split is in their start.
"""

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field

RUNNING, UPDATING = re.compile(r"Running stage '([^']+)'"), "Updating lock file"
KINDS = ("start", "work", "end", "dvc")


@dataclass
class Stage:
    """One stage, and when each of its lines was printed.

    Attributes:
        name: as DVC calls it.
        running: when DVC started it.
        lines: when it printed each of its own lines.
        updating: when DVC recorded its results; 0 until then.
        over: when the next stage started, or the run ended.
    """

    name: str
    running: float
    lines: list[float] = field(default_factory=list)
    updating: float = 0.0
    over: float = 0.0

    def seconds(self) -> tuple[float, ...]:
        """The seconds of each kind."""
        first, last = (self.lines[0], self.lines[-1]) if self.lines else (self.updating, self.updating)
        return first - self.running, last - first, self.updating - last, self.over - self.updating


def watched(command: list[str]) -> tuple[list[Stage], float]:
    """The stages that a command runs, and its seconds in all; its output is passed on."""
    stages: list[Stage] = []
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603
        for line in process.stdout or ():
            now = time.monotonic() - started
            sys.stderr.write(line)
            if found := RUNNING.search(line):
                _close(stages, now)
                stages.append(Stage(found[1], now))
            elif stages and line.startswith(UPDATING):
                stages[-1].updating = now
            elif stages and not stages[-1].updating and line.strip() and not line.startswith(">"):
                stages[-1].lines.append(now)
    seconds = time.monotonic() - started
    _close(stages, seconds)
    return stages, seconds


def _close(stages: list[Stage], now: float) -> None:
    if stages:
        stages[-1].over = now


def main() -> None:
    """Run the command and print the table."""
    stages, seconds = watched(sys.argv[1:] or ["dvc", "repro"])
    rows = [(stage.name, *stage.seconds()) for stage in stages]
    totals = [sum(row[kind + 1] for row in rows) for kind in range(len(KINDS))]
    print(f"{'stage':18}" + "".join(f"{kind:>8}" for kind in (*KINDS, "all")))
    for name, *values in [*rows, ("all stages", *totals)]:
        print(f"{name:18}" + "".join(f"{value:8.1f}" for value in (*values, sum(values))))
    print(f"{'before the first':18}{seconds - sum(totals):40.1f}\n{'in all':18}{seconds:40.1f}")


if __name__ == "__main__":
    main()
