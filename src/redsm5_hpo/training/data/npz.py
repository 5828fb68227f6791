"""Files of arrays that are caches: what cannot be read is computed again."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_npz(path: Path) -> dict[str, NDArray[Any]] | None:
    """All arrays of a file by name; None for one that is absent or damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:  # a zip, which has a checksum for each array
            return dict(arrays)
    except (OSError, EOFError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile):
        return None
