"""Where the model of a search is selected, saved and reported.

Owns the names: those of the multi-stage search, whose `search` is empty, and beside them those of another one. Does not
read or write there.
"""

from pathlib import Path


def stage_name(stage: str, search: str) -> str:
    """What a stage that follows a search is called."""
    return f"{stage}_{search}" if search else stage


def selection_folder(architecture: str, search: str) -> Path:
    """What the selection leaves."""
    return Path("data/hpo") / architecture / stage_name("select", search)


def model_folder(architecture: str, search: str) -> Path:
    """The refitted model."""
    return Path("models") / search / architecture


def report_folder(architecture: str, search: str) -> Path:
    """What evaluate reports."""
    return Path("metrics") / architecture / search
