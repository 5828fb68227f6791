"""Dealing posts to train, val and test.

Owns the assignment and what is counted of it. What makes posts near-duplicates, and what a split may not do, is
leakage's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from redsm5_hpo.corpus.folders import replaced_folder
from redsm5_hpo.corpus.leakage import duplicate_groups
from redsm5_hpo.corpus.preparation import support
from redsm5_hpo.corpus.records import Corpus, Pair, Sentence
from redsm5_hpo.corpus.stratification import Unit, deal
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.params import SplitParams


def split(corpus: Corpus, params: SplitParams, predefined: Mapping[str, str] | None) -> dict[str, Corpus]:
    """The parts train, val and test: as predefined, else stratified with near-duplicate posts kept together."""
    part_of = predefined or _dealt(corpus, params)
    parts: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    for post in corpus.posts:
        parts[part_of[post.post_id]].append(post.post_id)
    return {name: corpus.subset(post_ids) for name, post_ids in parts.items()}


def split_counts(parts: Mapping[str, Corpus], threshold: float) -> dict[str, Any]:
    """The counts for metrics/split.json."""
    posts = [post for part in parts.values() for post in part.posts]
    groups = duplicate_groups(posts, threshold)
    counts: dict[str, Any] = {
        name: {
            "posts": len(part.posts),
            "sentences": len(part.sentences),
            "pairs": len(part.pairs),
            "support": support(part),
        }
        for name, part in parts.items()
    }
    return {**counts, "near_duplicate_groups": sum(len(group) > 1 for group in groups)}


def save_parts(parts: Mapping[str, Corpus], directory: Path) -> None:
    """Write each part as a corpus folder of its own; old folders are replaced once all new ones are written."""
    with ExitStack() as folders:
        for name, part in parts.items():
            part.save(folders.enter_context(replaced_folder(directory / name)))


def _dealt(corpus: Corpus, params: SplitParams) -> dict[str, str]:
    shares = {"train": 1 - params.val_share - params.test_share, "val": params.val_share, "test": params.test_share}
    counts: dict[str, Counter[tuple[str, int]]] = {post.post_id: Counter() for post in corpus.posts}
    rows: list[Pair | Sentence] = [*corpus.pairs, *corpus.sentences]
    for row in rows:
        counts[row.post_id][row.label, row.status] += 1
    groups = duplicate_groups(corpus.posts, params.near_duplicate_threshold)
    if len(groups) < len(shares):
        raise CorpusError(
            f"{len(corpus.posts)} post(s) cannot be dealt to {len(shares)} parts",
            got=f"{len(groups)} group(s) of near-duplicate posts",
            allowed=f"at least {len(shares)}",
            remedy="take a larger corpus",
        )
    units = [Unit(tuple(group), _summed(counts[post_id] for post_id in group)) for group in groups]
    parts = deal(units, shares, params.seed)
    return {post_id: part for unit, part in zip(units, parts, strict=True) for post_id in unit.post_ids}


def _summed(counters: Iterable[Counter[tuple[str, int]]]) -> Counter[tuple[str, int]]:
    total: Counter[tuple[str, int]] = Counter()
    for counter in counters:
        total.update(counter)
    return total
