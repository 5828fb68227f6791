"""Which paths of a command line name files."""

import os
from pathlib import Path

import pytest

from redsm5_hpo.inference.regular_files import no_file


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with one path of each kind."""
    monkeypatch.chdir(tmp_path)
    for name in ("file", "-"):
        Path(name).touch()
    Path("folder").mkdir()
    os.mkfifo("pipe")
    for name in ("file", "folder", "pipe"):
        Path(f"link-{name}").symlink_to(name)


KINDS = {
    "file": "",
    "link-file": "",
    "free": "",
    "folder": "a folder",
    "link-folder": "a folder",
    "pipe": "a pipe, a device or a socket",
    "link-pipe": "a pipe, a device or a socket",
    "/dev/null": "a pipe, a device or a socket",
    "-": "what other programs take for standard input or output",
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=KINDS)
def test_what_is_no_regular_file_is_named(name, kind):
    assert no_file(Path(name)) == kind
