"""Posts dealt to folds, each of which is held out once.

Owns the folds. Related posts stay together, as in the split; what makes posts related is leakage's, how strata
are evened out is stratification's.
"""

from collections.abc import Sequence
from pathlib import Path

from redsm5_hpo.corpus.leakage import duplicate_groups
from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.corpus.splitting import units
from redsm5_hpo.corpus.stratification import deal
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.params import SplitParams


def folds(folders: Sequence[Path], count: int, seed: int, split: SplitParams) -> tuple[Fold, ...]:
    """`count` folds of the posts of all folders, stratified like the split; each post is held out once.

    Related posts are those that `split` keeps together.

    Raises:
        CorpusError: there are fewer groups of posts than folds.
    """
    whole = Portion(tuple(folders))
    corpus = whole.load()
    groups = duplicate_groups(corpus.posts, split.near_duplicate_threshold, split.quoted_words)
    if len(groups) < count:
        raise CorpusError(
            f"{len(corpus.posts)} post(s) cannot be dealt to {count} folds",
            got=f"{len(groups)} group(s) of related posts in {whole}",
            remedy="lower the number of folds in params.yaml, or take a larger corpus",
        )
    names = [str(number) for number in range(count)]
    dealt = deal(units(corpus, groups), dict.fromkeys(names, 1 / count), seed)
    parts = [
        frozenset(post for group, name in zip(groups, dealt, strict=True) if name == part for post in group)
        for part in names
    ]
    everyone = frozenset().union(*parts)
    return tuple(Fold(Portion(whole.folders, everyone - part), Portion(whole.folders, part)) for part in parts)
