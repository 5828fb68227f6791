"""This project's search beside transformers.Trainer, and how its cost grows: one table, and a JSON file.

usage: PYTHONPATH=src python bench/run.py [--splits data/splits] [--rows 400] [--trials 8] [--epochs 3] [--repeats 3]
       [--only NAME]
A study is by default as large as a first stage on a real corpus, eight trials of three epochs; architectures that read
posts have a quarter of the rows. Each ratio is the median over repetitions in which both sides run one after the other
on the same rows, once of wall-clock and once of processor seconds, which other work on the machine disturbs less.
Limits are the project's own. Needs an idle machine; not part of `make test`.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Comparison:
    """Two commands, and what the first must reach against the second.

    Attributes:
        name: of the row.
        ours, other: script and its own options.
        limit: of the ratio other / ours; it must be at least this.
    """

    name: str
    ours: tuple[str, ...]
    other: tuple[str, ...]
    limit: float | None = None


_ALL, _MEAN, _POSTS = "--all-layers", ("--pooling", "mean"), ("--rows", "{quarter}")
_EVIDENCE, _SHARE, _JOINT = ("evidence", *_POSTS), ("share", *_POSTS, *_MEAN), ("joint", *_POSTS, *_MEAN)
# Trainer's classifier reads the first token: so does ours, but in the row of mean pooling.
COMPARISONS = (
    Comparison("criteria against Trainer", ("ours.py", "criteria"), ("peer.py", "criteria"), 6),
    Comparison("the same with mean pooling", ("ours.py", "criteria", *_MEAN), ("peer.py", "criteria"), 6),
    Comparison("evidence against Trainer", ("ours.py", *_EVIDENCE), ("peer.py", *_EVIDENCE), 5),
    Comparison("share against Trainer", ("ours.py", *_SHARE), ("peer.py", *_SHARE), 5),
    Comparison("criteria, all layers trained", ("ours.py", "criteria", _ALL), ("peer.py", "criteria", _ALL)),
    Comparison("joint against share", ("ours.py", *_JOINT), ("ours.py", *_SHARE), 1 / 2.2),
    Comparison("2 workers against 1", ("ours.py", "criteria"), ("ours.py", "criteria", "--workers", "1")),
    Comparison("twice the trials", ("ours.py", "criteria", "--trials", "{twice_the_trials}"), ("ours.py", "criteria")),
    Comparison("twice the rows", ("ours.py", "criteria", "--rows", "{twice}"), ("ours.py", "criteria")),
)


def main() -> None:
    """Run all comparisons whose name contains --only."""
    options = _parse()
    rows = [_row(comparison, options) for comparison in COMPARISONS if options.only in comparison.name]
    print(f"{'comparison':28}{'ours s':>9}{'other s':>9}{'ratio':>7}{'CPU ratio':>11}{'limit':>7}{'share':>7}{'MB':>7}")
    for row in rows:
        limit, share = ("" if row[key] is None else f"{row[key]:.2f}" for key in ("limit", "share_of_limit"))
        print(
            f"{row['name']:28}{row['ours_s']:9.1f}{row['other_s']:9.1f}{row['ratio']:7.2f}{row['cpu_ratio']:11.2f}"
            f"{limit:>7}{share:>7}{row['worker_mb']:7}"
        )
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=Path, default=HERE.parent / "data/splits")
    parser.add_argument("--encoder", default="minilm_l6")
    parser.add_argument("--max-length", type=int, default=192)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--trials", type=int, default=8, help="of a study; a worker's first costs more than the next")
    parser.add_argument("--epochs", type=int, default=3, help="of a trial, each with validation")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--json", type=Path, default=HERE.parent / ".bench/results.json")
    return parser.parse_args()


def _row(comparison: Comparison, options: argparse.Namespace) -> dict[str, object]:
    runs = [(_run(comparison.ours, options), _run(comparison.other, options)) for _ in range(options.repeats)]
    ratio = median(other["seconds"] / ours["seconds"] for ours, other in runs)
    return {
        "name": comparison.name,
        "ours_s": median(ours["seconds"] for ours, _ in runs),
        "other_s": median(other["seconds"] for _, other in runs),
        "ratio": round(ratio, 2),
        "cpu_ratio": round(median(other["cpu_s"] / ours["cpu_s"] for ours, other in runs), 2),
        "limit": comparison.limit,
        "share_of_limit": None if comparison.limit is None else round(ratio / comparison.limit, 2),
        "worker_mb": max(int(ours["worker_mb"]) for ours, _ in runs),
        "runs": runs,
    }


def _run(side: tuple[str, ...], options: argparse.Namespace) -> dict[str, float]:
    rows, trials = options.rows, options.trials
    sizes = {"quarter": rows // 4, "twice": 2 * rows, "twice_the_trials": 2 * trials}
    script, *own = (word.format(**sizes) for word in side)
    shared = ("splits", "encoder", "rows", "trials", "epochs")
    common = [word for name in shared for word in (f"--{name}", str(getattr(options, name)))]
    common += ["--max-length", str(options.max_length)]
    command = [sys.executable, str(HERE / script), *common, *own]
    found = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (our own)
    values: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return values


if __name__ == "__main__":
    main()
