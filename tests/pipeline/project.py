"""A project folder under git and DVC, and the commands that a user types in it.

Owns the environment: nothing of the machine's own DVC and git settings is read, and nothing outside the folder is
written but DVC's caches beside it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

# The last so that a copy's sources are compiled once, not by each of its processes.
_NOT_KEPT = ("DVC_", "GIT_", "HF_", "HPO_", "STUDIO_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
HUB_TOKEN = "hf_" + "Canary" * 5  # of nobody; it must turn up nowhere
UP_TO_DATE = "Data and pipelines are up to date."
APART = ("unshare", "--net")
GIT = ("git", "-c", "user.name=tester", "-c", "user.email=tester@example.org")


def git(project: Path, *arguments: str) -> str:
    """Run git; returns its output."""
    return _run(project, [*GIT, *arguments])


def dvc(project: Path, *arguments: str, workers: int = 2, **settings: str) -> str:
    """Run dvc to its successful end, with more environment variables; returns all its output."""
    return _run(project, [sys.executable, "-m", "dvc", *arguments], workers, settings)


def can_be_without_network() -> bool:
    """Whether a process can be started here for which the kernel has no way to any machine."""
    control = "import socket; socket.create_connection(('192.0.2.1', 53), 5)"
    try:
        done = subprocess.run([*APART, sys.executable, "-c", control], capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        return False
    return "Network is unreachable" in done.stderr


def dvc_without_network(project: Path, *arguments: str, workers: int = 2) -> str:
    """As `dvc`, in such a process."""
    return _run(project, [*APART, sys.executable, "-m", "dvc", *arguments], workers)


def dvc_fails(project: Path, *arguments: str, **settings: str) -> str:
    """Run dvc to an end without success; returns all its output."""
    done = _start(project, [sys.executable, "-m", "dvc", *arguments], 2, settings=settings)
    output, _ = done.communicate()
    assert done.returncode != 0, output
    return output


def start_dvc(
    project: Path, *arguments: str, workers: int = 2, output: TextIO | int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """A dvc that is left running, in a process group of its own as from a terminal."""
    return _start(project, [sys.executable, "-m", "dvc", *arguments], workers, output, group=0)


def stages_run(output: str) -> list[str]:
    """The stages that dvc ran, in order."""
    return re.findall(r"^Running stage '([^']+)':", output, re.MULTILINE)


def cached_stages(output: str) -> list[str]:
    """The stages whose outs dvc took from its cache instead of running them."""
    return re.findall(r"^Stage '([^']+)' is cached - skipping run", output, re.MULTILINE)


def forget(project: Path, *stages: str) -> None:
    """Make dvc.lock say that the stages ran with another command, each in its place, so that they run again."""
    lock = project / "dvc.lock"
    text = lock.read_text(encoding="utf-8")
    for stage in stages:
        text, found = re.subn(rf"^  {stage}:\n    cmd: ", r"\g<0>another ", text, flags=re.MULTILINE)
        assert found == 1, stage
    lock.write_text(text, encoding="utf-8")


def python(project: Path, code: str) -> str:
    """Run Python code in the project's environment to its successful end; returns its output."""
    return _run(project, [sys.executable, "-c", code])


def _run(project: Path, command: list[str], workers: int = 2, settings: Mapping[str, str] | None = None) -> str:
    process = _start(project, command, workers, settings=settings)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def _start(
    project: Path,
    command: list[str],
    workers: int,
    output: TextIO | int = subprocess.PIPE,
    group: int = -1,
    settings: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 (our own commands)
        command,
        cwd=project,
        env={**_environment(project, workers), **(settings or {})},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=None if group < 0 else group,
    )


def _environment(project: Path, workers: int) -> dict[str, str]:
    dvc_folders = {
        f"DVC_{name}": str(project.parent / f"{project.name}.dvc")
        for name in ("SITE_CACHE_DIR", "GLOBAL_CONFIG_DIR", "SYSTEM_CONFIG_DIR")
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_KEPT)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    git_settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    # A user who is logged in to the hub, and has switched nothing off that could talk to somebody.
    user = {"HF_TOKEN": HUB_TOKEN, "HF_HOME": str(project.parent / f"{project.name}.home"), "PYTHONPATH": "src"}
    return {**kept, **dvc_folders, **git_settings, **user, "PATH": path, "HPO_WORKERS": str(workers)}
