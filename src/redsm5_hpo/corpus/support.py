"""Numbers of examples by label and status.

Owns these counts, of a whole corpus or of one split.
"""

from collections.abc import Sequence
from typing import Any

from redsm5_hpo.corpus.records import Corpus, Pair, Sentence

Counts = dict[str, Any]  # numbers by name, some of them in groups


def support(corpus: Corpus) -> Counts:
    """For each label, the numbers of present and absent pairs and annotation rows."""
    return {
        label: {
            "pairs": status_counts([pair for pair in corpus.pairs if pair.label == label]),
            "sentences": status_counts([row for row in corpus.sentences if row.label == label]),
        }
        for label in corpus.criteria
    }


def status_counts(rows: Sequence[Sentence] | Sequence[Pair]) -> Counts:
    """The numbers of present and absent ones, and their total."""
    present = sum(row.status for row in rows)
    return {"total": len(rows), "present": present, "absent": len(rows) - present}
