"""The pipeline's definition as plain values: dvc.yaml, params.yaml, and what git tracks.

Owns reading them. Placeholders such as ${item.arch} stay the text that dvc.yaml has.
"""

import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
MAXIMAL_STAGES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "maximal/dvc.yaml").read_text(encoding="utf-8"))[
    "stages"
]
MAXIMAL_PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "maximal/params.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
SEARCH_STAGES = ("hpo_s0", "hpo_s1", "hpo_s2")


def module_of(stage: str) -> str:
    """The module that a stage's command runs."""
    words = {**STAGES, **MAXIMAL_STAGES}[stage]["cmd"].split()
    return str(words[words.index("-m") + 1])


def outputs(stage: str, *kinds: str, stages: dict[str, dict[str, Any]] = STAGES) -> dict[str, dict[str, Any]]:
    """Options by path of a stage's outs or metrics."""
    entries = [entry for kind in kinds for entry in stages[stage].get(kind, [])]
    pairs = [(entry, {}) if isinstance(entry, str) else next(iter(entry.items())) for entry in entries]
    return dict(pairs)


def declared_metrics(stages: dict[str, dict[str, Any]]) -> list[str]:
    """The metrics files of all stages and architectures."""
    return [
        path.replace("${item.arch}", architecture)
        for stage in stages
        for path in outputs(stage, "metrics", stages=stages)
        for architecture in PARAMS["architectures"]
    ]


def code_deps(stage: str, stages: dict[str, dict[str, Any]] = STAGES) -> set[str]:
    """The code among a stage's deps."""
    return {dep for dep in stages[stage]["deps"] if dep.startswith(("src/", "stages/"))}


def tracked(*below: str) -> list[Path]:
    """What git tracks below some folders of the repository, and still exists."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *below]
    names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")  # noqa: S603
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]
