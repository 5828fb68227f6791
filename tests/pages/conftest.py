"""The project of samples.py in the working directory."""

import pytest

from tests.pages.samples import write_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    return tmp_path
