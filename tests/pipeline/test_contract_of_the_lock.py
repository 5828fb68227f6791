"""The committed dvc.lock is that of the committed code, settings and demo corpus."""

import shutil
from pathlib import Path

import pytest

from tests.pipeline.definition import ROOT, tracked
from tests.pipeline.project import UP_TO_DATE, dvc, git


def test_the_committed_lock_is_up_to_date(tmp_path: Path) -> None:
    files = tracked()
    if ROOT / "dvc.lock" not in files:
        pytest.skip("git holds no dvc.lock")
    for path in files:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    git(tmp_path, "init")
    output = dvc(tmp_path, "repro", "--allow-missing", "--dry")
    assert UP_TO_DATE in output
    assert "Running stage" not in output
