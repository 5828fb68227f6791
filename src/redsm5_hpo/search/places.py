"""Where a search reads and writes.

Owns the folders of one architecture. Does not read or write them.
"""

from pathlib import Path

from redsm5_hpo.params import Architecture

TRAIN, VAL = Path("data/splits/train"), Path("data/splits/val")


def search_folder(architecture: Architecture, stage: str) -> Path:
    """The outs of a search stage or of the selection."""
    return Path("data/hpo") / architecture / stage


def metrics_file(architecture: Architecture, stage: str) -> Path:
    """The metrics of a stage."""
    return Path("metrics") / architecture / f"{stage}.json"
