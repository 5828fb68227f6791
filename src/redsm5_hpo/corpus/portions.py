"""Posts to train on or to score, as a value that is sent to workers.

Owns loading them from folders of corpora. Does not assign posts to folds: splits/folds.py does.
"""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.corpus.records import Corpus


@dataclass(frozen=True)
class Portion:
    """Posts of some corpus folders: all of them, or those named.

    Attributes:
        folders: folders of prepared corpora that share no post.
        post_ids: the selected posts; None for all.
    """

    folders: tuple[Path, ...]
    post_ids: frozenset[str] | None = None

    def load(self) -> Corpus:
        """The posts with their rows and pairs, folder by folder; raises CorpusError for a damaged folder."""
        corpora = [Corpus.load(folder) for folder in self.folders]
        whole = Corpus(
            tuple(post for corpus in corpora for post in corpus.posts),
            tuple(row for corpus in corpora for row in corpus.sentences),
            tuple(pair for corpus in corpora for pair in corpus.pairs),
            corpora[0].criteria,
        )
        return whole if self.post_ids is None else whole.subset(self.post_ids)

    def __str__(self) -> str:
        """The folders, and the number of selected posts."""
        some = "" if self.post_ids is None else f" ({len(self.post_ids)} posts)"
        return ", ".join(map(str, self.folders)) + some


@dataclass(frozen=True)
class Fold:
    """Posts to train on, and held-out posts to score."""

    train: Portion
    held_out: Portion
