"""The settings of a YAML file as options of `dvc exp run`: python tools/set_params.py FILE.

Owns that notation: `-S ++KEY=VALUE` per setting, which changes a key or adds it; a list as one value, an empty setting
as null, no blank in a value, so that a shell's $(...) can pass them on. The file is read as params.yaml is.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def options(settings: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """One option per setting; keys begin with the prefix."""
    for name, value in settings.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from options(value, f"{key}.")
        else:
            written = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            yield f"-S ++{key}={written}"


def main() -> None:
    """Print the options of the file named on the command line."""
    print(" ".join(options(YAML(typ="safe").load(Path(sys.argv[1])))))


if __name__ == "__main__":
    main()
