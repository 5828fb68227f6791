"""A stage whose settings, code or data are edited while it runs fails, and names them."""

import shutil
from pathlib import Path

import pytest
import yaml

from redsm5_hpo.execution.stage_inputs import run_stage, stage_inputs
from tests.pipeline.definition import MAXIMAL_STAGES, ROOT, STAGES
from tests.pipeline.project import UP_TO_DATE, dvc, dvc_fails, git

ADDRESS = "hpo_s1@joint"
FILES = ("src/redsm5_hpo/training/loop.py", "stages/hpo.py", "data/splits/train/SHA256SUMS", "data/hpo/joint/hpo_s0/x")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with both pipelines and some of what they read, in which a stage runs under DVC."""
    for name in ("dvc.yaml", "params.yaml", "maximal/dvc.yaml", "maximal/params.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("before")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_STAGE", ADDRESS)
    return tmp_path


def set_to(file: Path, *keys: str) -> None:
    content = yaml.safe_load(file.read_text())
    section = content
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = 77
    file.write_text(yaml.safe_dump(content))


EDITS = {
    "a setting": (lambda: set_to(Path("params.yaml"), "hpo", "s1", "trials"), "hpo.s1 in params.yaml"),
    "settings that are no YAML": (lambda: Path("params.yaml").write_text("{"), "hpo.s1 in params.yaml"),
    "no settings": (lambda: Path("params.yaml").unlink(), "hpo.s1 in params.yaml"),
    "code": (lambda: Path(FILES[0]).write_text("after"), "src/redsm5_hpo/training"),
    "a new module": (lambda: Path(FILES[0]).with_name("new.py").write_text(""), "src/redsm5_hpo/training"),
    "the stage": (lambda: Path(FILES[1]).write_text("after"), "stages/hpo.py"),
    "a split": (lambda: Path(FILES[2]).write_text("after"), "data/splits/train"),
    "the stage before": (lambda: Path(FILES[3]).unlink(), "data/hpo/joint/hpo_s0"),
}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("edit", "named"), EDITS.values(), ids=EDITS)
def test_an_edit_while_a_stage_runs_is_an_error_that_names_it(capsys, edit, named):
    with pytest.raises(SystemExit) as exit_:
        run_stage(edit)
    message = capsys.readouterr().err
    assert exit_.value.code == 1
    assert message.startswith(f"error: what {ADDRESS} reads was changed while it ran")
    assert f"    - {named}\n" in message
    assert "remedy: run `dvc repro` again" in message


AGAIN = {
    "a stage of dvc.yaml": (ADDRESS, {}, "`dvc repro`"),
    "one of the maximal search": ("maximal/dvc.yaml:hpo_max@joint", {}, "`dvc repro maximal/dvc.yaml`"),
    "one after it, started in its folder": ("select_max@joint", {}, "`dvc repro maximal/dvc.yaml`"),
    "one of an experiment": (ADDRESS, {"DVC_EXP_BASELINE_REV": "0123abc"}, "the same command"),
}


def interrupted():
    raise KeyboardInterrupt


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("address", "environment", "again"), AGAIN.values(), ids=AGAIN)
def test_an_interrupted_stage_names_the_command_that_runs_it(monkeypatch, capsys, address, environment, again):
    monkeypatch.delenv("DVC_EXP_BASELINE_REV", raising=False)
    for name, value in {"DVC_STAGE": address, **environment}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        run_stage(interrupted)
    assert capsys.readouterr().err.endswith(f"interrupted: {again} continues from here\n")


HARMLESS = {
    "nothing": lambda: None,
    "a setting of another stage": lambda: set_to(Path("params.yaml"), "evaluate", "low_support"),
    "the same settings without comments": lambda: Path("params.yaml").write_text(
        yaml.safe_dump(yaml.safe_load(Path("params.yaml").read_text()))
    ),
    "the same bytes": lambda: Path(FILES[0]).write_text("before"),
    "code of another stage": lambda: Path("stages/split.py").write_text("after"),
    "settings of the other search": lambda: set_to(Path("maximal/params.yaml"), "hpo", "max", "epochs"),
}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_what_a_stage_does_not_read_may_be_edited(capsys, edit):
    run_stage(edit)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("address", ["maximal/dvc.yaml:hpo_max@joint", "hpo_max@joint"], ids=["root", "maximal"])
def test_the_maximal_search_is_checked_wherever_dvc_was_started(monkeypatch, capsys, address):
    monkeypatch.setenv("DVC_STAGE", address)
    with pytest.raises(SystemExit):
        run_stage(lambda: set_to(Path("maximal/params.yaml"), "hpo", "max", "epochs"))
    assert "remedy: run `dvc repro maximal/dvc.yaml` again" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{", "[1]"], ids=["empty", "no YAML", "a list"])
def test_settings_that_cannot_be_read_at_the_start_are_left_to_the_stage(project, content):
    (project / "params.yaml").write_text(content)
    ran = []
    run_stage(lambda: ran.append(True))
    assert ran


@pytest.mark.usefixtures("project")
def test_outside_dvc_nothing_is_compared(monkeypatch):
    monkeypatch.delenv("DVC_STAGE")
    run_stage(lambda: Path(FILES[0]).write_text("after"))


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("stage", [*STAGES, *MAXIMAL_STAGES])
def test_all_that_dvc_lists_for_a_stage_is_compared(stage):
    listed = {**STAGES, **MAXIMAL_STAGES}[stage]
    inputs = stage_inputs(f"{stage}@joint" if "matrix" in listed else stage)
    assert len(inputs.paths) == len(listed["deps"])
    assert len(inputs.settings) == len(listed.get("params", []))
    assert not [path for path in inputs.paths if "$" in str(path) or "None" in str(path)]
    contents = inputs.contents()
    assert all(contents[f"{key} in {file}"] is not None for file, key in inputs.settings)


def test_a_raw_corpus_is_read_itself_whatever_it_says_of_its_checksums(project, monkeypatch):
    corpus = project / "data/raw/demo"
    corpus.mkdir(parents=True)
    (corpus / "SHA256SUMS").write_text("")
    monkeypatch.setenv("DVC_STAGE", "prepare")
    with pytest.raises(SystemExit):
        run_stage(lambda: (corpus / "posts.csv").write_text("post_id,text\n"))


@pytest.mark.parametrize("stage", sorted((ROOT / "stages").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_every_stage_compares(stage):
    assert stage.read_text().endswith('if __name__ == "__main__":\n    run_stage(main)\n')


EDITING = """
from pathlib import Path
from redsm5_hpo.execution.stage_inputs import run_stage
def main():
    read = Path("params.yaml").read_text()
    Path("read.txt").write_text(read)
    Path("params.yaml").write_text("model: 2")
run_stage(main)
"""


@pytest.mark.slow
def test_dvc_records_no_stage_whose_settings_were_edited_and_runs_it_again(tmp_path):
    stage = {"cmd": "python stage.py", "params": ["model"], "outs": ["read.txt"]}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"read": stage}}))
    (tmp_path / "params.yaml").write_text("model: 1")
    (tmp_path / "stage.py").write_text(EDITING)
    git(tmp_path, "init", "--quiet")
    dvc(tmp_path, "init", "--quiet")
    source = {"PYTHONPATH": str(ROOT / "src")}
    assert "    - model in params.yaml\n" in dvc_fails(tmp_path, "repro", **source)
    assert not (tmp_path / "dvc.lock").exists()
    dvc(tmp_path, "repro", **source)
    assert UP_TO_DATE in dvc(tmp_path, "repro", **source)
    assert (tmp_path / "read.txt").read_text() == "model: 2"
