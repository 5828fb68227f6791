"""Which stages are out of date, by dvc.lock, as DVC sees it."""

from pathlib import Path

import pytest
import yaml

from redsm5_hpo.core.dvc_hash import dvc_hash
from redsm5_hpo.execution.out_of_date import out_of_date
from redsm5_hpo.execution.pipelines import Stage

PIPELINE = Path("dvc.yaml")
STAGES = {
    "a": Stage(PIPELINE, "make a", (Path("code"),), ((Path("params.yaml"), "a.rate"),), (Path("a.txt"),)),
    "b": Stage(PIPELINE, "make b", (Path("a.txt"),), (), (Path("b.txt"),)),
    "c": Stage(PIPELINE, "make c", (Path("code"),), (), (Path("c.txt"),)),
}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A project whose three stages have run: b reads what a writes, c nothing of theirs."""
    monkeypatch.chdir(tmp_path)
    Path("code").mkdir()
    Path("code/main.py").write_text("print(1)")
    Path("params.yaml").write_text("a:\n  rate: 1.0e-5\n")
    for name in STAGES:
        Path(f"{name}.txt").write_text(name)
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": {name: locked(STAGES[name]) for name in STAGES}}))


def locked(stage):
    """What DVC records of a stage; of a setting of 1.0e-5 it writes 1e-05."""
    hashes = {kind: [{"path": str(path), "md5": dvc_hash(path)} for path in paths] for kind, paths in files(stage)}
    return {"cmd": stage.command, **hashes, "params": {"params.yaml": {key: "1e-05" for _, key in stage.settings}}}


def files(stage):
    return ("deps", stage.deps), ("outs", stage.outs)


def other_lock(change):
    content = yaml.safe_load(Path("dvc.lock").read_text())
    change(content["stages"])
    Path("dvc.lock").write_text(yaml.safe_dump(content))


CHANGES = {
    "nothing": (lambda: None, ""),
    "a file that an editor left": (lambda: Path("code/main.py~").write_text(""), ""),
    "the same settings in other words": (lambda: Path("params.yaml").write_text("a: {rate: 0.00001}"), ""),
    "a setting, and what follows": (lambda: Path("params.yaml").write_text("a: {rate: 0.1}"), "a b"),
    "code": (lambda: Path("code/main.py").write_text("print(2)"), "a b c"),
    "no code": (lambda: Path("code/main.py").unlink(), "a b c"),
    "no out, as in a fresh clone": (lambda: Path("a.txt").unlink(), "a b"),
    "no lock": (lambda: Path("dvc.lock").unlink(), "a b c"),
    "a damaged lock": (lambda: Path("dvc.lock").write_text("{"), "a b c"),
    "a stage never ran": (lambda: other_lock(lambda stages: stages.pop("c")), "c"),
    "another command": (lambda: other_lock(lambda stages: stages["b"].update(cmd="make d")), "b"),
    "what b read is no longer what a wrote": (
        lambda: other_lock(lambda stages: stages["a"]["outs"][0].update(md5="0")),
        "b",
    ),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_makes_stages_out_of_date(change, expected):
    change()
    assert " ".join(sorted(out_of_date(STAGES))) == expected


def test_a_file_that_is_removed_while_it_is_read_counts_as_missing(monkeypatch):
    def gone(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_bytes", gone)
    assert out_of_date(STAGES) == set(STAGES)
