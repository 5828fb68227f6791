"""The settings of a YAML file as options of `dvc exp run`: python tools/set_params.py FILE.

Owns that notation: `-S ++KEY=VALUE` per setting, which changes a key or adds it; a list as one value, no blank in a
value, so that a shell's $(...) can pass them on.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def options(settings: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """One option per setting; keys begin with the prefix."""
    for name, value in settings.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from options(value, f"{key}.")
        else:
            written = json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value
            yield f"-S ++{key}={written}"


def main() -> None:
    """Print the options of the file named on the command line."""
    print(" ".join(options(yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
