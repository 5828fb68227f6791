"""How tests run the scripts of bench/."""

import importlib
import io
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(script, *options):
    """What a script prints, as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, str(ROOT / "bench" / script), *map(str, options)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout  # noqa: S603


def called(script, *options):
    """What a script prints when it runs in this process."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as shown:
        patch.setattr(sys, "argv", [script, *map(str, options)])
        importlib.import_module(Path(script).stem).main()
    return shown.getvalue()
