"""Which posts are trained or scored on, as a value that travels to workers.

Owns the way from folders and ids to a corpus. How posts are dealt to folds is folds'.
"""

from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.corpus.records import Corpus


@dataclass(frozen=True)
class Portion:
    """Posts of some corpus folders: all of them, or those named.

    Attributes:
        folders: of prepared corpora that share no post.
        post_ids: which of their posts; None for all.
    """

    folders: tuple[Path, ...]
    post_ids: frozenset[str] | None = None

    def load(self) -> Corpus:
        """The posts with their rows and pairs, folder by folder; raises CorpusError for a damaged folder."""
        parts = [Corpus.load(folder) for folder in self.folders]
        whole = Corpus(
            tuple(post for part in parts for post in part.posts),
            tuple(row for part in parts for row in part.sentences),
            tuple(pair for part in parts for pair in part.pairs),
            parts[0].criteria,
        )
        return whole if self.post_ids is None else whole.subset(self.post_ids)

    def __str__(self) -> str:
        """The folders, and how many of their posts."""
        some = "" if self.post_ids is None else f" ({len(self.post_ids)} posts)"
        return ", ".join(map(str, self.folders)) + some


@dataclass(frozen=True)
class Fold:
    """One way to part the same posts in those to train and those to score on."""

    train: Portion
    held_out: Portion
