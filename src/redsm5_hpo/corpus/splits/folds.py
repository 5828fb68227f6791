"""Assigns posts to folds, each of which is held out once.

Owns the folds. Related posts stay together, as in the splits. Does not decide which posts are related (leakage.py) or
how to balance strata (stratification.py).
"""

from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.corpus.splits.assignment import units
from redsm5_hpo.corpus.splits.leakage import related_groups
from redsm5_hpo.corpus.splits.stratification import assign
from redsm5_hpo.params import SplitParams


def folds(folders: Sequence[Path], count: int, seed: int, split: SplitParams) -> tuple[Fold, ...]:
    """`count` folds of the posts of all folders, stratified; each post is held out once.

    `split` defines which posts are related. Raises CorpusError if there are fewer groups of them than folds.
    """
    whole = Portion(tuple(folders))
    corpus = whole.load()
    groups = related_groups(corpus.posts, split)
    if len(groups) < count:
        raise CorpusError(
            f"{len(corpus.posts)} post(s) cannot be assigned to {count} folds",
            got=f"{len(groups)} group(s) of related posts in {whole}",
            remedy="lower the number of folds in params.yaml, or take a larger corpus",
        )
    names = [str(number) for number in range(count)]
    assigned = assign(units(corpus, groups), dict.fromkeys(names, 1 / count), seed)
    held_out = [
        frozenset(post for group, fold in zip(groups, assigned, strict=True) if fold == name for post in group)
        for name in names
    ]
    everyone = frozenset().union(*held_out)
    return tuple(Fold(Portion(whole.folders, everyone - posts), Portion(whole.folders, posts)) for posts in held_out)
