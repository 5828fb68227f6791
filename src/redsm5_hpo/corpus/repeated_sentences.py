"""Sentences that several rows annotate for one criterion.

Owns their count and the warning. All rows are kept: which of them is right is for the annotators to say.
"""

from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.support import Counts


def repeated_sentences(corpus: Corpus) -> Counts:
    """The sentences with more rows for one criterion than places with their characters in the post.

    Returns:
        `total`, and `contradicting`, those of them that are both present and absent.
    """
    texts = {post.post_id: post.text for post in corpus.posts}
    found: dict[tuple[str, str, str], list[int]] = {}
    for row in corpus.sentences:
        found.setdefault((row.post_id, row.label, row.text.strip()), []).append(row.status)
    repeated = [each for (post, _, read), each in found.items() if len(each) > max(1, texts[post].count(read))]
    return {"total": len(repeated), "contradicting": sum(len(set(each)) > 1 for each in repeated)}


def repeated_warnings(counts: Counts) -> list[str]:
    """A warning if there are any."""
    if not counts["total"]:
        return []
    return [
        f"{counts['total']} sentence(s) have more rows for a criterion than places in their post, as from several "
        f"annotators, and count as often; {counts['contradicting']} of them are present and absent, which makes their "
        "pairs present: agree on one row for each sentence and criterion"
    ]
