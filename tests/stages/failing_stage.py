"""A stage with invalid inputs, and what a user sees.

Owns the four checks: exit status 1, one error with a remedy, no traceback, nothing written.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import run_command


def error_of(
    main: Callable[[], None],
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    """The error message of a stage that fails in the current directory; checks all four."""
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
    """All paths below a folder, with the contents of files."""
    paths = sorted(root.rglob("*"))
    return {str(path): b"" if path.is_symlink() or not path.is_file() else path.read_bytes() for path in paths}
