"""Sockets lie where their paths are short enough."""

import multiprocessing
import os
import tempfile

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution import socket_paths
from redsm5_hpo.execution.socket_paths import _LONGEST_NAME, _LONGEST_PATH, SHORT, use_short_temporary_folder

FITTING = _LONGEST_PATH - _LONGEST_NAME


@pytest.fixture(autouse=True)
def undone(monkeypatch):
    """Whatever a test chooses holds for it alone."""
    monkeypatch.setattr(multiprocessing.process.current_process(), "_config", {})
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.mark.parametrize("length", [10, FITTING])
def test_a_folder_whose_sockets_fit_is_used(length, monkeypatch):
    folder = "/" + "x" * (length - 1)
    monkeypatch.setattr(tempfile, "tempdir", folder)
    assert str(use_short_temporary_folder()) == folder


@pytest.mark.parametrize("folder", ["/" + "x" * FITTING, "/" + "é" * (FITTING // 2 + 1)], ids=["long", "long in bytes"])
def test_sockets_of_a_long_folder_lie_in_tmp_and_other_files_do_not(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", folder)
    assert use_short_temporary_folder() == SHORT
    assert multiprocessing.util.get_temp_dir().startswith(f"{SHORT}/pymp-")
    assert tempfile.gettempdir() == folder


def test_without_any_short_folder_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/" + "x" * FITTING)
    monkeypatch.setattr(socket_paths, "SHORT", tmp_path / "absent")
    with pytest.raises(HpoError, match="no folder for the sockets") as caught:
        use_short_temporary_folder()
    assert caught.value.remedy == "set TMPDIR to a shorter path"
    assert os.strerror(2) in caught.value.got
