"""A stage that is given something it cannot use, and what the person who gave it sees.

Owns the four promises: exit status 1, one error that names what is wrong and what to do, no traceback, nothing written.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from redsm5_hpo.errors import run_command


def refused(
    main: Callable[[], None],
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    """What a stage run in the current directory says while it refuses; checks the four promises."""
    before = _tree(Path.cwd())
    monkeypatch.setattr(sys, "argv", ["stage", *arguments])
    with pytest.raises(SystemExit) as exit_:
        run_command(main)
    printed = capsys.readouterr()
    assert exit_.value.code == 1
    assert printed.err.startswith("error: ")
    assert "\n  remedy: " in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""
    assert _tree(Path.cwd()) == before
    return printed.err


def _tree(root: Path) -> dict[str, bytes]:
    """All below a folder; links and folders by name alone."""
    paths = sorted(root.rglob("*"))
    return {str(path): b"" if path.is_symlink() or not path.is_file() else path.read_bytes() for path in paths}
