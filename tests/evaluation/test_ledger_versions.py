"""Every version of the test ledger that git knows is found, and what cannot be asked is said."""

from pathlib import Path

import pytest
import yaml

from redsm5_hpo.evaluation.ledger_versions import Versions, ledger_versions
from tests.pipeline.definition import ROOT
from tests.pipeline.project import dvc, git

LEDGER = Path("metrics/test_ledger.jsonl")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a ledger, in which the test stands."""
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return repository(tmp_path / "project", monkeypatch)


def repository(folder: Path, monkeypatch: pytest.MonkeyPatch, below: str = ".") -> Path:
    (folder / below / LEDGER).parent.mkdir(parents=True)
    monkeypatch.chdir(folder / below)
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(folder / below, "committed")
    return folder / below


def write(folder: Path, text: str) -> None:
    (folder / LEDGER).write_text(f"{text}\n", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", text)


def found() -> set[str]:
    versions = ledger_versions(LEDGER)
    assert versions.unseen == ()
    return {content.decode().strip() for content in versions.contents.values()}


@pytest.mark.parametrize("ref", ["refs/heads/b", "refs/remotes/origin/b", "refs/tags/b", "refs/exps/aa/bb/b"])
def test_a_version_that_only_one_ref_has_is_found(project: Path, ref: str) -> None:
    write(project, "other")
    git(project, "update-ref", ref, "HEAD")
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    assert found() == {"committed", "other"}


def test_an_annotated_tag_a_stash_and_a_detached_head_are_looked_at(project: Path) -> None:
    write(project, "tagged")
    git(project, "tag", "--annotate", "t", "--message", "t")
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    (project / LEDGER).write_text("stashed\n", encoding="utf-8")
    git(project, "stash")
    git(project, "checkout", "--quiet", "--detach")
    write(project, "detached")
    assert found() == {"committed", "tagged", "stashed", "detached"}


def test_the_working_trees_are_looked_at(project: Path) -> None:
    git(project, "worktree", "add", "--quiet", str(project.with_name("tree")))
    for folder in (project, project.with_name("tree")):
        (folder / LEDGER).write_text(f"uncommitted in {folder.name}\n", encoding="utf-8")
    assert found() == {"committed", "uncommitted in project", "uncommitted in tree"}


def test_a_project_below_the_repositorys_root_has_its_own_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DVC_ROOT", raising=False)
    project = repository(tmp_path / "all", monkeypatch, below="one/project")
    (project / LEDGER).write_text("uncommitted\n", encoding="utf-8")
    assert found() == {"committed", "uncommitted"}


def test_the_same_refs_give_the_same_versions(project: Path) -> None:
    git(project, "branch", "b")
    assert ledger_versions(LEDGER) == ledger_versions(LEDGER) == Versions({"HEAD": b"committed\n"}, ())


def test_a_temporary_workspace_sees_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project / ".dvc/tmp/exps/standalone/x", monkeypatch)
    write(Path.cwd(), "temporary")
    monkeypatch.setenv("DVC_ROOT", str(project))
    write(project, "in the project")
    assert found() == {"temporary", "in the project"}


def test_without_git_or_a_repository_it_says_what_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    said = [ledger_versions(LEDGER)]
    monkeypatch.setenv("PATH", str(tmp_path))
    said.append(ledger_versions(LEDGER))
    start = f"evaluations on other branches and in experiments of {tmp_path} are not counted: "
    assert [versions.contents for versions in said] == [{}, {}]
    assert all(text.startswith(start) for versions in said for text in versions.unseen)
    assert "not a git repository" in said[0].unseen[0]
    assert "git cannot be run" in said[1].unseen[0]


def test_a_ledger_that_git_does_not_track_is_said(project: Path) -> None:
    git(project, "rm", "--cached", "--quiet", str(LEDGER))
    assert [text.rpartition(": ")[2] for text in ledger_versions(LEDGER).unseen] == [f"`git add {LEDGER}`"]


STAGE = f"""
from pathlib import Path
from redsm5_hpo.core.files import read_yaml, write_json
from redsm5_hpo.evaluation.ledger import evaluation_of, record_evaluation
from redsm5_hpo.evaluation.ledger_versions import ledger_versions
ledger, model = Path("{LEDGER}"), Path("model")
model.mkdir(exist_ok=True)
(model / "weights").write_bytes(Path("params.yaml").read_bytes())
count = record_evaluation(ledger, evaluation_of("joint", model, Path("test")), ledger_versions(ledger))
write_json(Path("count.json"), {{"evaluations": count.evaluations, "unseen": count.unseen}})
print("counted", *count)
"""


@pytest.mark.slow
def test_experiments_in_temporary_workspaces_count_one_another(project: Path) -> None:
    dvc(project, "init", "--quiet")
    stage = {"cmd": "python stage.py", "params": ["model"], "metrics": [{"count.json": {"cache": False}}]}
    for name, text in (
        ("dvc.yaml", yaml.safe_dump({"stages": {"count": stage}})),
        ("params.yaml", "model: 0\n"),
        ("stage.py", STAGE),
    ):
        (project / name).write_text(text, encoding="utf-8")
    (project / LEDGER).write_text("", encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "An empty ledger")
    source = {"PYTHONPATH": str(ROOT / "src")}
    outputs = [dvc(project, "exp", "run", "--temp", "-S", f"model={number}", **source) for number in (1, 2)]
    outputs.append(dvc(project, "exp", "run", "-S", "model=3", **source))
    counts = [line for output in outputs for line in output.splitlines() if line.startswith("counted")]
    assert counts == ["counted 1 ()", "counted 2 ()", "counted 3 ()"]
