"""What a stage knows of the DVC command that runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redsm5_hpo.execution.dvc_command import targets

COMMANDS = {
    "all": ("/usr/bin/python /v/bin/dvc repro", []),
    "as a module": ("python -m dvc repro", []),
    "a target": ("python dvc repro hpo_s1@joint", ["hpo_s1@joint"]),
    "targets and options between them": ("python dvc repro -k split -v prepare", ["split", "prepare"]),
    "an experiment": ("python dvc exp run -S hpo.s2.trials=6 evaluate@joint -n name", ["evaluate@joint"]),
    "its settings in one word": ("python dvc experiments run -Sa=1 --set-param=b=2", []),
    "forced": ("python dvc repro -f", None),
    "one stage without what it needs": ("python dvc repro -s hpo_s1@joint", None),
    "downstream": ("python dvc repro --downstream hpo_s1@joint", None),
    "all pipelines": ("python dvc repro -P", None),
    "another folder": ("python dvc --cd maximal repro", None),
    "a queue": ("python dvc exp run --queue", None),
    "a temporary folder": ("python dvc exp run --temp", None),
    "a worker of the queue": ("python -m dvc exp exec-run --infofile x", None),
    "another command": ("python -m pytest repro", None),
    "no DVC": ("bash", None),
    "an option without its value": ("python dvc exp run -S", None),
    "no words": ("", None),
}


@pytest.mark.parametrize(("command", "expected"), COMMANDS.values(), ids=COMMANDS)
def test_targets_are_read_where_dvc_skips_what_is_up_to_date(command, expected):
    assert targets(command.split()) == expected


@pytest.mark.parametrize("shell", [None, "/bin/sh", "/bin/bash"])
def test_the_shell_between_dvc_and_a_stage_hides_nothing(tmp_path: Path, shell: str | None) -> None:
    (tmp_path / "stage.py").write_text(
        "from redsm5_hpo.execution.dvc_command import running_targets\nprint(running_targets())\n"
    )
    (tmp_path / "dvc.yaml").write_text(f"stages: {{one: {{cmd: {sys.executable} stage.py}}}}\n")
    environment = {key: value for key, value in os.environ.items() if key != "SHELL"}
    environment |= {} if shell is None else {"SHELL": shell}
    for command in (["init", "--no-scm", "--quiet"], ["repro", "one"]):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "dvc", *command], cwd=tmp_path, env=environment, capture_output=True, check=True
        )
    assert b"['one']" in done.stdout
