"""The names of all files, splits and stages, each spelled once.

Owns these names. Does not read or write files. Paths are relative to the repository's root, where DVC runs commands.
"""

from pathlib import Path
from typing import Final, Literal

Search = Literal["", "max"]  # the multi-stage search, or the maximal one
MULTI_STAGE: Final[Search] = ""
MAXIMAL: Final[Search] = "max"
SEARCHES: Final[tuple[Search, ...]] = (MULTI_STAGE, MAXIMAL)
SEARCH_STAGES: Final[dict[Search, tuple[str, ...]]] = {MULTI_STAGE: ("s0", "s1", "s2"), MAXIMAL: ("max",)}

PARAMS, MAXIMAL_PARAMS = Path("params.yaml"), Path("maximal/params.yaml")

RAW, PREPARED, SPLITS = Path("data/raw"), Path("data/prepared"), Path("data/splits")
PREDEFINED_SPLITS, UNALIGNED = "splits.json", "unaligned.csv"  # in the folder of the prepared corpus
SPLIT_NAMES = ("train", "val", "test")
TRAIN, VAL, TEST = (SPLITS / name for name in SPLIT_NAMES)

TOKENS, ACTIVATIONS = Path("data/tokens"), Path("data/activations")  # caches: safe to delete at any time
JOURNALS = Path(".hpo_work")

# Stages write metrics below data, for DVC's cache, and report alone copies them to metrics, for git: DVC has no run
# cache of a stage with an out that is not cached.
STAGE_METRICS, METRICS = Path("data/metrics"), Path("metrics")
PREPARE_METRICS, SPLIT_METRICS = METRICS / "prepare.json", METRICS / "split.json"
TEST_LEDGER = METRICS / "test_ledger.jsonl"
# In the folder of a search stage, and of a selection.
TRIALS, BEST, SPACE = "trials.jsonl", "best.yaml", "space.yaml"
SELECTED, DEFAULT_CONFIGURATION = "selected.yaml", "default.yaml"
# In a stage's folder of metrics, beside what DVCLive writes.
STUDY_METRICS, SELECTION_METRICS, TEST_METRICS = "study.json", "selection.json", "details.json"
TEST_EVALUATION = "evaluation.json"  # what the numbers beside it are of: the line of the test ledger

MODEL_CARD = "README.md"  # in a checkpoint's folder, and no part of the checkpoint


def search_stage(stage: str) -> str:
    """The name of the DVC stage that runs the search stage s0, s1, s2 or max."""
    return f"hpo_{stage}"


def search_stages() -> list[str]:
    """The DVC stages of both searches, in the order in which they run."""
    return [search_stage(name) for search in SEARCHES for name in SEARCH_STAGES[search]]


def last_search_stage(search: Search) -> str:
    """The DVC stage whose trials are the candidates of a selection."""
    return search_stage(SEARCH_STAGES[search][-1])


def after_search(stage: str, search: Search) -> str:
    """The name of a DVC stage that follows a search, such as select or select_max."""
    return f"{stage}_{search}" if search else stage


def study_folder(architecture: str, stage: str) -> Path:
    """The outputs of a search stage or a selection but its metrics."""
    return Path("data/hpo") / architecture / stage


def metrics_folder(architecture: str, stage: str) -> Path:
    """The metrics and the plots of a stage, where the stage writes them."""
    return STAGE_METRICS / architecture / stage


def recorded_metrics(architecture: str, stage: str) -> Path:
    """The same as the last report recorded them for git; of the stage report itself, the data of the figures."""
    return METRICS / architecture / stage


def headlines_file(architecture: str) -> Path:
    """The numbers that DVC's tables show."""
    return METRICS / f"{architecture}.json"


def time_file(architecture: str, stage: str) -> Path:
    """The run time of a stage. Git does not track it, because it differs between runs."""
    return METRICS / "time" / architecture / f"{stage}.json"


def checkpoint_folder(architecture: str, search: Search) -> Path:
    """The refitted model."""
    return Path("models") / search / architecture


def predictions_file(architecture: str, search: Search) -> Path:
    """The predictions for the test split."""
    return Path("data/predictions") / search / f"{architecture}.csv"
