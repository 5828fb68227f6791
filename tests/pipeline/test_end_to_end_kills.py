"""Killed anywhere, the pipeline goes on to the same bytes."""

import random
from pathlib import Path

import pytest
import yaml

from tests.pipeline.kills import KINDS, MOMENTS, WITHOUT_WORKERS, Blow, finished_trials, run_under
from tests.pipeline.project import UP_TO_DATE, dvc
from tests.pipeline.tiny_project import make_project

CHAIN = ("hpo_s0", "hpo_s1", "hpo_s2", "select", "refit", "evaluate")
STAGES = ["prepare", "split", *(f"{name}@criteria" for name in CHAIN)]
MANY = 30


@pytest.mark.kills
def test_every_stage_killed_anywhere_goes_on_to_the_same_outs(tmp_path: Path) -> None:
    undisturbed = _project(tmp_path / "undisturbed")
    dvc(undisturbed, "repro", STAGES[-1])
    draw, hits, rounds = random.Random(12), 0, 0  # noqa: S311 (no secret)
    while hits < MANY:
        project = _project(tmp_path / f"round-{rounds}")
        for stage in STAGES:
            hits += _kill_until_done(project, stage, draw)
        rounds += 1
        assert UP_TO_DATE in dvc(project, "status", *STAGES)
        assert recorded(project) == recorded(undisturbed)
    print(f"{hits} kills in {rounds} runs of the pipeline")


def _project(directory: Path) -> Path:
    """The tiny project with studies long enough to be hit several times."""
    project = make_project(directory)
    params = yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8"))
    for name, trials in {"s0": 4, "s1": 10, "s2": 8}.items():
        params["hpo"][name]["trials"] = trials
    (project / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    return project


def _kill_until_done(project: Path, stage: str, draw: random.Random) -> int:
    hits = 0
    kinds = [kind for kind in KINDS if stage.partition("@")[0] not in WITHOUT_WORKERS or kind[0] in ("driver", "dvc")]
    for _ in range(6):
        blow = Blow.drawn(draw, draw.choice(kinds), draw.choice(list(MOMENTS)))
        kept = finished_trials(project)
        hit, output = run_under(project, stage, blow)
        print(stage, blow, "hit" if hit else "missed", f"{kept} kept before", flush=True)
        assert not kept or f"{kept} of " in output or "baseline is" not in output, output
        hits += hit
        if not hit:
            break
    dvc(project, "repro", "--no-run-cache", stage)
    return hits


def recorded(project: Path) -> dict[str, object]:
    """What dvc.lock says of the stages of criteria."""
    lock = yaml.safe_load((project / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    return {stage: lock[stage] for stage in STAGES}
