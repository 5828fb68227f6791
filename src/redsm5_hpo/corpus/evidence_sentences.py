"""What runs of whole sentences can reach as evidence: a corpus' gold spans beside the sentences of its posts.

Owns the counts that `prepare` reports, from which max_evidence_sentences and span_head are chosen. Predicts nothing.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.sentences import sentence_spans, word_spans
from redsm5_hpo.corpus.support import Counts

LONGEST = 5  # sentences of a run
MANY_PARTS = 0.05  # of all spans
Interval = tuple[int, int]


@dataclass(frozen=True)
class _Post:
    """Half-open intervals of words: of the sentences with words, by numbers of words; and the words, by characters."""

    sentences: Sequence[Interval]
    words: Sequence[Interval]

    def within(self, start: int, end: int) -> Interval:
        """The words inside an interval of characters, as numbers of words."""
        return bisect_left(self.words, (start, -1)), bisect_left(self.words, (end, -1))


def evidence_sentences(corpus: Corpus) -> Counts:
    """Counts of gold spans by the sentences that they cover, and the best F1 of one run of sentences a pair.

    Returns:
        `spans`; `parts_of_sentences`, those that begin or end inside a sentence; `over_sentences`, for each length of
        a run the spans that cover more sentences; `best_f1`, for each length the mean over present pairs of the best
        F1 in words that a run can have with one of the pair's gold spans.
    """
    posts = {post.post_id: _words_and_sentences(post.text) for post in corpus.posts}
    pairs = [
        (posts[pair.post_id], [posts[pair.post_id].within(span.start, span.end) for span in pair.spans])
        for pair in corpus.pairs
        if pair.spans
    ]
    covered = [_covered(post, span) for post, spans in pairs for span in spans]
    lengths = range(1, LONGEST + 1)
    return {
        "spans": len(covered),
        "parts_of_sentences": sum(is_part for _, is_part in covered),
        "over_sentences": {str(length): sum(count > length for count, _ in covered) for length in lengths},
        "best_f1": {
            str(length): round(fmean(max(_best_f1(post, span, length) for span in spans) for post, spans in pairs), 4)
            for length in lengths
            if pairs
        },
    }


def evidence_warnings(counts: Counts) -> list[str]:
    """A warning where many spans are no whole sentences."""
    parts, spans = counts["parts_of_sentences"], counts["spans"]
    if parts <= MANY_PARTS * spans:
        return []
    return [f"{parts} of {spans} evidence spans begin or end inside a sentence: compare span_head tokens with runs"]


def _words_and_sentences(text: str) -> _Post:
    post = _Post([], word_spans(text))
    sentences = (post.within(*span) for span in sentence_spans(text))
    return _Post([(start, end) for start, end in sentences if start < end], post.words)


def _covered(post: _Post, span: Interval) -> tuple[int, bool]:
    """How many sentences a span shares words with, and whether it has only a part of the first or last of them."""
    shared = [sentence for sentence in post.sentences if _common(sentence, span)]
    return len(shared), bool(shared) and (shared[0][0], shared[-1][1]) != span


def _best_f1(post: _Post, span: Interval, length: int) -> float:
    runs = (
        (first[0], last[1])
        for number, first in enumerate(post.sentences)
        for last in post.sentences[number : number + length]
    )
    sizes = ((run, (run[1] - run[0]) + (span[1] - span[0])) for run in runs)
    return max((2 * _common(run, span) / size for run, size in sizes), default=0.0)


def _common(first: Interval, second: Interval) -> int:
    return max(0, min(first[1], second[1]) - max(first[0], second[0]))
