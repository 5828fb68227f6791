"""Dealing posts to train, val and test.

Owns the assignment and what is counted of it. What makes posts related, and what a split may not do, is
leakage's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from redsm5_hpo.corpus.folders import replaced_folder
from redsm5_hpo.corpus.leakage import Relation, groups, leakage_counts
from redsm5_hpo.corpus.problems import shortened, shown
from redsm5_hpo.corpus.records import PARTS, Corpus
from redsm5_hpo.corpus.stratification import Unit, deal
from redsm5_hpo.corpus.support import support
from redsm5_hpo.errors import CorpusError, listed
from redsm5_hpo.params import SplitParams


def split(
    corpus: Corpus, params: SplitParams, predefined: Mapping[str, str] | None, relations: Sequence[Relation]
) -> dict[str, Corpus]:
    """The parts train, val and test: as predefined, else stratified with related posts kept together."""
    if predefined is not None:
        _check_predefined(corpus, predefined)
    part_of = _dealt(corpus, params, relations) if predefined is None else predefined
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for post in corpus.posts:
        parts[part_of[post.post_id]].append(post.post_id)
    return {name: corpus.subset(post_ids) for name, post_ids in parts.items()}


def split_counts(parts: Mapping[str, Corpus], relations: Sequence[Relation]) -> dict[str, Any]:
    """The counts for metrics/split.json."""
    posts = [post for part in parts.values() for post in part.posts]
    counts: dict[str, Any] = {
        name: {
            "posts": len(part.posts),
            "sentences": len(part.sentences),
            "pairs": len(part.pairs),
            "support": support(part),
        }
        for name, part in parts.items()
    }
    return {**counts, "leakage": leakage_counts(posts, relations)}


def save_parts(parts: Mapping[str, Corpus], directory: Path) -> None:
    """Write each part as a corpus folder of its own; old folders are replaced once all new ones are written."""
    with ExitStack() as folders:
        for name, part in parts.items():
            part.save(folders.enter_context(replaced_folder(directory / name)))


def _check_predefined(corpus: Corpus, predefined: Mapping[str, str]) -> None:
    post_ids = [post.post_id for post in corpus.posts]
    problems = [f"post {shown(post_id)} is in no part" for post_id in post_ids if post_id not in predefined]
    problems += [f"post {shown(post_id)} is unknown" for post_id in sorted(predefined.keys() - set(post_ids))]
    problems += [f"part {shown(part)} is unknown" for part in sorted(set(predefined.values()) - set(PARTS))]
    problems += [f"part {part} has no post" for part in PARTS if part not in predefined.values()]
    if problems:
        raise CorpusError(
            f"the predefined split does not fit the corpus:{listed(shortened(problems))}",
            allowed=f"every post once, in one of {', '.join(PARTS)}",
            remedy="mend splits.csv of the raw corpus and run `dvc repro split`",
        )


def _dealt(corpus: Corpus, params: SplitParams, relations: Sequence[Relation]) -> dict[str, str]:
    together = groups(corpus.posts, relations)
    if len(together) < len(PARTS):
        raise CorpusError(
            f"{len(corpus.posts)} post(s) cannot be dealt to {len(PARTS)} parts",
            got=f"{len(together)} group(s) of posts that are near-duplicates or quote each other",
            allowed=f"at least {len(PARTS)}",
            remedy="take a larger corpus, or raise split.quoted_words if a phrase that many posts share chains them",
        )
    shares = {"train": 1 - params.val_share - params.test_share, "val": params.val_share, "test": params.test_share}
    parts = deal(units(corpus, together), shares, params.seed)
    return {post_id: part for group, part in zip(together, parts, strict=True) for post_id in group}


def units(corpus: Corpus, groups: Sequence[Sequence[str]]) -> list[Unit]:
    """Pairs and sentences are strata apart: an architecture learns from one or the other."""
    group_of = {post_id: index for index, group in enumerate(groups) for post_id in group}
    counts: list[Counter[tuple[str, str, int]]] = [Counter() for _ in groups]
    for pair in corpus.pairs:
        counts[group_of[pair.post_id]]["pair", pair.label, pair.status] += 1
    for row in corpus.sentences:
        counts[group_of[row.post_id]]["sentence", row.label, row.status] += 1
    return [Unit(tuple(group), count) for group, count in zip(groups, counts, strict=True)]
