"""How many examples of each kind there are.

Owns these counts, for a whole corpus or one of its parts.
"""

from collections.abc import Sequence
from typing import Any

from redsm5_hpo.corpus.records import Corpus, Pair, Sentence

Counts = dict[str, Any]  # numbers by name, some of them in groups


def support(corpus: Corpus) -> Counts:
    """For each label how many pairs and annotation rows are present and absent."""
    pairs: dict[str, list[Pair]] = {label: [] for label in corpus.criteria}
    sentences: dict[str, list[Sentence]] = {label: [] for label in corpus.criteria}
    for pair in corpus.pairs:
        pairs[pair.label].append(pair)
    for row in corpus.sentences:
        sentences[row.label].append(row)
    return {
        label: {"pairs": status_counts(pairs[label]), "sentences": status_counts(sentences[label])}
        for label in corpus.criteria
    }


def status_counts(rows: Sequence[Sentence] | Sequence[Pair]) -> Counts:
    """How many are present and absent."""
    present = sum(row.status for row in rows)
    return {"total": len(rows), "present": present, "absent": len(rows) - present}
