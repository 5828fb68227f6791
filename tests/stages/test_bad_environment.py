"""Stages in a directory where they cannot run."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.corpus.builders import POSTS, write_source
from tests.disks import read_only
from tests.stages.failing_stage import error_of

ROOT = Path(__file__).parents[2]
ROWS_OF_ALL_POSTS = [(post, "s", text, "FATIGUE", "1", "") for post, text in POSTS]
STAGES = {
    "prepare": ("prepare", ()),
    "split": ("split", ()),
    "hpo_s0": ("hpo", ("s0", "criteria")),
    "hpo_s2": ("hpo", ("s2", "joint")),
    "select": ("select", ("share",)),
    "refit": ("refit", ("criteria",)),
    "evaluate": ("evaluate", ("evidence",)),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with settings only."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("stage", "arguments"), STAGES.values(), ids=STAGES)
def test_a_stage_outside_the_repository_names_the_directory(
    stage: str,
    arguments: tuple[str, ...],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (project / "params.yaml").unlink()
    printed = error_of(importlib.import_module(f"stages.{stage}").main, arguments, monkeypatch, capsys)
    assert f"params.yaml does not exist\n  got: current directory {project}\n  remedy: run from" in printed


MISSING = {
    "prepare": "data/raw/demo holds no corpus",
    "split": "data/prepared/splits.json does not exist",
    "hpo_s0": "does not exist",
    "hpo_s2": "does not exist",
    "select": "does not exist",
    "refit": "does not exist",
    "evaluate": "does not exist",
}


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.usefixtures("project")
def test_a_stage_without_its_inputs_names_them_and_the_command(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, arguments = STAGES[name]
    printed = error_of(importlib.import_module(f"stages.{stage}").main, arguments, monkeypatch, capsys)
    assert MISSING[name] in printed
    assert "`dvc repro" in printed or name == "prepare"


@pytest.mark.parametrize("name", [name for name, (_, arguments) in STAGES.items() if arguments])
def test_every_stage_names_an_unknown_architecture(
    name: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, arguments = STAGES[name]
    main = importlib.import_module(f"stages.{stage}").main
    printed = error_of(main, (*arguments[:-1], "criterai"), monkeypatch, capsys)
    assert printed == (
        "error: there is no architecture 'criterai'\n"
        "  allowed: criteria, evidence, share, joint\n  remedy: did you mean criteria?\n"
    )
    assert project.exists()


@pytest.mark.parametrize("stage", ["prepare", "split"])
def test_a_stage_without_write_permission_names_the_file(
    stage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with TemporaryDirectory() as name:  # no other user can enter pytest's own folders
        project = Path(name)
        project.chmod(0o755)
        shutil.copy(ROOT / "params.yaml", project)
        write_source(project / "data/raw/demo", rows=ROWS_OF_ALL_POSTS)
        monkeypatch.chdir(project)
        for each in ("prepare", "split"):  # both import their modules now: the other user may not read them
            importlib.import_module(f"stages.{each}").main()
        capsys.readouterr()
        with read_only(project):
            printed = error_of(importlib.import_module(f"stages.{stage}").main, (), monkeypatch, capsys)
        monkeypatch.chdir(ROOT)
    assert "cannot be written\n  got: Permission denied" in printed


PROCESSES = {
    "no params.yaml": (("prepare",), ("params.yaml",), "params.yaml does not exist"),
    "no corpus": (("prepare",), ("data",), "data/raw/demo holds no corpus"),
    "no prepared corpus": (("split",), (), "data/prepared/splits.json does not exist"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("command", "absent", "message"), PROCESSES.values(), ids=PROCESSES)
def test_a_process_exits_with_1_and_no_traceback(
    command: tuple[str, ...], absent: tuple[str, ...], message: str, project: Path
) -> None:
    write_source(project / "data/raw/demo")
    for name in absent:
        shutil.rmtree(project / name) if (project / name).is_dir() else (project / name).unlink()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", f"stages.{command[0]}", *command[1:]],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"error: {message}")
    assert "Traceback" not in ended.stderr


def test_make_setup_names_a_python_that_is_too_old_and_creates_nothing(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && { echo Python 3.9.1; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    command = ["make", "setup", f"PYTHON={old}"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode != 0
    assert f"error: Python 3.11 or newer is needed, {old} is Python 3.9.1; set PYTHON=python3.11" in ended.stderr
    assert not (tmp_path / ".venv").exists()
