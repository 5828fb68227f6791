"""What posts must hold so that an architecture can be trained and scored on them.

Owns this requirement and its errors, the same in prepare, split and the searches. Does not train or score.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from redsm5_hpo.core.errors import CorpusError, listed
from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus

ALLOWED: Final = (
    "present and absent sentences to train criteria, a present pair to train the others, one of any to score"
)


def shortage(architecture: Architecture, found: Sequence[Example], *, to_train: bool) -> str:
    """What examples lack to be trained or scored on, as in `no present pair`; empty if they are enough.

    Scoring needs any example. Spans can be learned where all pairs have some; a status alone cannot.
    """
    task = TASKS[architecture]
    if not found:
        return f"no {task.unit}"
    statuses = {example.status for example in found}
    needed = (("present", 1),) if task.spans else (("present", 1), ("absent", 0))
    lacking = [word for word, status in needed if status not in statuses]
    return f"no {lacking[0]} {task.unit}" if to_train and lacking else ""


def check_corpus(corpus: Corpus) -> None:
    """Raise CorpusError if no architecture can learn from the corpus, however its posts are split."""
    lacking = _shortages({"the corpus": corpus}, trained="the corpus")
    if len(lacking) == len(TASKS):
        raise CorpusError(
            f"no architecture can be trained on this corpus:{_lines(lacking)}",
            got=f"{len(corpus.posts)} post(s), {len(corpus.sentences)} annotation row(s), {len(corpus.pairs)} pair(s)",
            allowed=ALLOWED,
            remedy="annotate more sentences, copied from their posts; data.absent_pairs_per_post draws absent pairs",
        )


def check_trainable_splits(splits: Mapping[str, Corpus]) -> list[str]:
    """Raise CorpusError if the splits lack examples for every architecture; return warnings about single ones."""
    lacking = _shortages(splits, trained="train")
    if len(lacking) == len(TASKS):
        raise CorpusError(
            f"no architecture can be trained and scored on these splits:{_lines(lacking)}",
            got=", ".join(
                f"{name} {len(corpus.sentences)} annotation row(s) and {len(corpus.pairs)} pair(s)"
                for name, corpus in splits.items()
            ),
            allowed=ALLOWED,
            remedy="take a larger corpus, change split.val_size, split.test_size or split.seed, or assign the posts "
            "in a splits.csv of the corpus",
        )
    return [f"{architecture} cannot be trained and scored: {text}" for architecture, text in lacking.items()]


def check_trainable(architecture: Architecture, train: Sequence[Example], scored: Sequence[Example]) -> None:
    """Raise CorpusError if an architecture cannot be trained on `train` and scored on `scored`."""
    lacking = {
        "train": shortage(architecture, train, to_train=True),
        "val": shortage(architecture, scored, to_train=False),
    }
    if problems := [f"{name} has {text}" for name, text in lacking.items() if text]:
        raise CorpusError(
            f"{architecture} cannot be trained: {', '.join(problems)}",
            got=f"{_count(train)} in train, {_count(scored)} in val",
            allowed=ALLOWED,
            remedy="see metrics/prepare.json and metrics/split.json; annotate more, change split.seed, or run an "
            "architecture that has enough",
        )


def _shortages(parts: Mapping[str, Corpus], trained: str) -> dict[Architecture, str]:
    """What each architecture lacks; without those that lack nothing."""
    found = {
        architecture: ", ".join(
            f"{name} has {text}"
            for name, corpus in parts.items()
            if (text := shortage(architecture, examples(corpus, architecture), to_train=name == trained))
        )
        for architecture in TASKS
    }
    return {architecture: text for architecture, text in found.items() if text}


def _lines(lacking: Mapping[Architecture, str]) -> str:
    return listed([f"{architecture}: {text}" for architecture, text in lacking.items()])


def _count(found: Sequence[Example]) -> str:
    present = sum(example.status for example in found)
    return f"{present} present and {len(found) - present} absent"
