"""What several workers have to say is said once."""

import os
import time
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from redsm5_hpo.execution import said_once
from redsm5_hpo.execution.said_once import say_once
from redsm5_hpo.training.workers import run_in_workers

WORKERS = 3


def test_a_process_says_it_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(said_once, "_said", False)
    for line in ("fits take longer: one reason", "fits take longer: another"):
        say_once(line)
    assert capsys.readouterr().err == "fits take longer: one reason\n"


def said(folder: Path) -> str:
    """What a worker says, once all others are there."""
    (folder / str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while len(list(folder.iterdir())) < WORKERS and time.monotonic() < deadline:
        time.sleep(0.02)
    with redirect_stderr(StringIO()) as found:
        say_once("fits take longer")
    return found.getvalue()


@pytest.mark.usefixtures("server")
def test_the_workers_of_a_pool_say_it_once_together(tmp_path: Path) -> None:
    for pool in ("one", "another"):
        (tmp_path / pool).mkdir()
        found = run_in_workers(partial(said, tmp_path / pool), WORKERS)
        assert sorted(found) == ["", "", "fits take longer\n"]
