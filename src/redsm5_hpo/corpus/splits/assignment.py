"""Assigns posts to train, val and test.

Owns the assignment, its counts and files. Does not decide which posts are related or check for leakage (leakage.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from redsm5_hpo.core.errors import CorpusError, listed
from redsm5_hpo.core.folders import replaced_folder
from redsm5_hpo.core.layout import SPLIT_NAMES
from redsm5_hpo.corpus.raw.problems import shortened, shown
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.splits.leakage import Relation, groups, leakage_counts
from redsm5_hpo.corpus.splits.stratification import Unit, assign
from redsm5_hpo.corpus.support import support
from redsm5_hpo.params import SplitParams


def split(
    corpus: Corpus, params: SplitParams, predefined: Mapping[str, str] | None, relations: Sequence[Relation]
) -> dict[str, Corpus]:
    """The splits train, val and test: as predefined, else stratified with related posts kept together."""
    if predefined is not None:
        _check_predefined(corpus, predefined)
    assigned = _assigned(corpus, params, relations) if predefined is None else predefined
    splits: dict[str, list[str]] = {name: [] for name in SPLIT_NAMES}
    for post in corpus.posts:
        splits[assigned[post.post_id]].append(post.post_id)
    return {name: corpus.subset(post_ids) for name, post_ids in splits.items()}


def split_counts(splits: Mapping[str, Corpus], relations: Sequence[Relation]) -> dict[str, Any]:
    """The counts for metrics/split.json."""
    posts = [post for corpus in splits.values() for post in corpus.posts]
    counts: dict[str, Any] = {
        name: {
            "posts": len(corpus.posts),
            "sentences": len(corpus.sentences),
            "pairs": len(corpus.pairs),
            "support": support(corpus),
        }
        for name, corpus in splits.items()
    }
    return {**counts, "leakage": leakage_counts(posts, relations)}


def save_splits(splits: Mapping[str, Corpus], directory: Path) -> None:
    """Write each split as a corpus folder of its own; old folders are replaced once all new ones are written."""
    with ExitStack() as folders:
        for name, corpus in splits.items():
            corpus.save(folders.enter_context(replaced_folder(directory / name)))


def _check_predefined(corpus: Corpus, predefined: Mapping[str, str]) -> None:
    post_ids = [post.post_id for post in corpus.posts]
    problems = [f"post {shown(post_id)} is in no split" for post_id in post_ids if post_id not in predefined]
    problems += [f"post {shown(post_id)} is unknown" for post_id in sorted(predefined.keys() - set(post_ids))]
    problems += [f"split {shown(name)} is unknown" for name in sorted(set(predefined.values()) - set(SPLIT_NAMES))]
    problems += [f"split {name} has no post" for name in SPLIT_NAMES if name not in predefined.values()]
    if problems:
        raise CorpusError(
            f"the predefined split does not fit the corpus:{listed(shortened(problems))}",
            allowed=f"every post once, in one of {', '.join(SPLIT_NAMES)}",
            remedy="correct splits.csv of the raw corpus and run `dvc repro split`",
        )


def _assigned(corpus: Corpus, params: SplitParams, relations: Sequence[Relation]) -> dict[str, str]:
    together = groups(corpus.posts, relations)
    if len(together) < len(SPLIT_NAMES):
        loosened = ", or raise split.quoted_words if a phrase that many posts share chains them"
        if params.ids_name_authors:
            loosened += ", or set split.ids_name_authors: false if ids begin with no author"
        raise CorpusError(
            f"{len(corpus.posts)} post(s) cannot be assigned to {len(SPLIT_NAMES)} splits",
            got=f"{len(together)} group(s) of posts that are near-duplicates, quote each other or have one author",
            allowed=f"at least {len(SPLIT_NAMES)}",
            remedy=f"take a larger corpus{loosened if len(corpus.posts) >= len(SPLIT_NAMES) else ''}",
        )
    shares = {"train": 1 - params.val_size - params.test_size, "val": params.val_size, "test": params.test_size}
    assigned = assign(units(corpus, together), shares, params.seed)
    return {post_id: name for group, name in zip(together, assigned, strict=True) for post_id in group}


def units(corpus: Corpus, groups: Sequence[Sequence[str]]) -> list[Unit]:
    """Groups with strata. Pairs and sentences are separate strata: an architecture learns from one of them.

    Pairs that were drawn are none: whatever `data` draws, the same posts are in test.
    """
    group_of = {post_id: index for index, group in enumerate(groups) for post_id in group}
    counts: list[Counter[tuple[str, str, int]]] = [Counter() for _ in groups]
    for pair in corpus.pairs:
        if pair.annotated:
            counts[group_of[pair.post_id]]["pair", pair.label, pair.status] += 1
    for row in corpus.sentences:
        counts[group_of[row.post_id]]["sentence", row.label, row.status] += 1
    return [Unit(tuple(group), count) for group, count in zip(groups, counts, strict=True)]
