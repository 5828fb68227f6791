"""A project small enough to run whole in a test: this checkout's pipeline, an invented corpus and a tiny encoder.

Owns the corpus and the settings. The corpus is easy on purpose: one word tells whether a sentence is evidence, so that
the sanity search passes with an encoder of random weights.
"""

import random
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.corpus.builders import write_source
from tests.pipeline.definition import MAXIMAL_PARAMS, PARAMS, ROOT
from tests.pipeline.project import git
from tests.tiny_encoders import WORDS, save_tiny_encoder

TRIALS = {"s0": 2, "s1": 4, "s2": 3}
EPOCHS = 2
CONCURRENT = 3
MAXIMAL_TRIALS = 6
SEEDS = [1, 2]
POSTS = 120
SOURCE = Path("data/raw/tiny")
WATCH = Path(__file__).with_name("network_watch.py")  # every Python process of the project imports it when it starts

_PARTS = (
    *("src", "stages", "dvc.yaml", "maximal/dvc.yaml", ".dvcignore", ".gitignore"),
    *(".dvc/config", ".dvc/.gitignore", ".dvc/plots"),
)
_CRITERIA = {"SLEEP_ISSUES": "The writer can not sleep.", "FATIGUE": "The writer is tired."}
_PRESENT = {"SLEEP_ISSUES": "i am awake hopeless night", "FATIGUE": "i am tired hopeless day"}
_ABSENT = {"SLEEP_ISSUES": "i am happy to sleep at night", "FATIGUE": "i am happy to work in the day"}
_FILLERS = [word for word in WORDS if word not in {"hopeless", "happy"}]


def make_project(directory: Path) -> Path:
    """The project in a new folder, committed to a git repository of its own; nothing has run."""
    for name in _PARTS:
        _copy(ROOT / name, directory / name)
    (directory / "params.yaml").write_text(yaml.safe_dump(settings(), sort_keys=False), encoding="utf-8")
    (directory / "maximal/params.yaml").write_text(
        yaml.safe_dump(maximal_settings(), sort_keys=False), encoding="utf-8"
    )
    save_tiny_encoder("bert", directory / "encoder")
    shutil.copy(WATCH, directory / "src/sitecustomize.py")
    _write_corpus(directory / SOURCE)
    git(directory, "init", "--quiet")
    commit(directory, "A tiny project")
    return directory


def copied(project: Path, directory: Path) -> Path:
    """The project as it stands, with its history and its cache, in another folder."""
    return Path(shutil.copytree(project, directory, symlinks=True))


def commit(project: Path, message: str) -> None:
    """Commit everything; the corpus too, which a real project's .gitignore keeps out."""
    git(project, "add", "--all")
    git(project, "add", "--force", str(SOURCE))
    git(project, "commit", "--quiet", "--message", message)


def settings() -> dict[str, Any]:
    """The settings of the project, but for the corpus, the encoder, the budgets and learning rates that suit them."""
    hpo, defaults = PARAMS["hpo"], PARAMS["training"]["defaults"]
    training = {"precision": "fp32", "freeze_word_embeddings": False}
    learning = {"learning_rate": 0.01, "head_learning_rate_factor": 1.0, "batch_size": 8}
    configuration = {**learning, "frozen_layers": 0, "pooling": "mean"}
    space = {**hpo["space"], "learning_rate": {"low": 0.003, "high": 0.03, "log": True}}
    budgets = {name: {**hpo[name], "trials": trials, "epochs": EPOCHS} for name, trials in TRIALS.items()}
    return {
        **PARAMS,
        "data": {**PARAMS["data"], "source": SOURCE.name},
        "encoder": {**PARAMS["encoder"], "name": "encoder", "max_length": 64, "stride": 16},
        "training": {**PARAMS["training"], **training, "defaults": {**defaults, **configuration}},
        "hpo": {
            **hpo,
            **budgets,
            "max_concurrent_trials": CONCURRENT,
            "space": space,
            "pruning": {**hpo["pruning"], "warmup_epochs": 1},
        },
        "refit": {"seeds": SEEDS},
    }


def maximal_settings() -> dict[str, Any]:
    """The settings of the maximal search, but for the encoder, its layers and the budget."""
    search = MAXIMAL_PARAMS["hpo"]["max"]
    small = {
        "encoder": {"choices": ["encoder"]},
        "max_length": {"choices": [48, 64]},
        "stride": {"choices": [8, 16]},
        "frozen_layers": {"low": 0, "high": 1, "integer": True},
        "reinitialized_layers": {"low": 0, "high": 1, "integer": True},
    }
    budget = {"trials": MAXIMAL_TRIALS, "epochs": EPOCHS, "max_concurrent_trials": CONCURRENT, "startup_trials": 3}
    return {**MAXIMAL_PARAMS, "hpo": {"max": {**search, **budget, "space": {**search["space"], **small}}}}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _write_corpus(directory: Path) -> None:
    draw = random.Random(5)  # noqa: S311 (words of an invented corpus)
    posts, rows = [], []
    for number in range(POSTS):
        post_id, label, status = f"p{number}", ("SLEEP_ISSUES", "FATIGUE")[number % 2], int(number % 5 < 3)
        evidence = f"{(_PRESENT if status else _ABSENT)[label]} {_words(draw, 2)}."
        sentences = [f"{_words(draw, 6)}.", f"{_words(draw, 5)}."]
        sentences.insert(draw.randrange(3), evidence)
        posts.append((post_id, " ".join(sentences)))
        rows.append((post_id, f"{post_id}_0", evidence, label, str(status), ""))
    write_source(directory, posts, rows, criteria=yaml.safe_dump(_CRITERIA))


def _words(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(_FILLERS, k=count))
