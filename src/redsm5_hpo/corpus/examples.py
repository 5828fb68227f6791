"""The examples that an architecture is trained and scored on.

Owns which rows of a corpus become examples, and the text of each. Does not tokenize or batch.
"""

from dataclasses import dataclass, replace

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.records import Corpus


@dataclass(frozen=True)
class Example:
    """One input with its target.

    Attributes:
        sentence_id: empty for a pair, a sentence as a pair among them.
        criterion: the definition of the criterion `label`.
        text: the sentence, or the whole post of a pair.
        spans: half-open character intervals of `text` that are evidence; empty for a sentence example.
    """

    post_id: str
    sentence_id: str
    label: str
    criterion: str
    text: str
    status: int
    spans: tuple[tuple[int, int], ...]


def examples(corpus: Corpus, architecture: Architecture) -> list[Example]:
    """The examples of an architecture in corpus order: annotated sentences or pairs, as in TASKS."""
    return _sentence_examples(corpus) if TASKS[architecture].unit == "sentence" else _pair_examples(corpus)


def sentences_as_pairs(corpus: Corpus) -> list[Example]:
    """The annotated sentences as examples of pairs: texts that are evidence from start to end, or hold none."""
    return [
        replace(example, sentence_id="", spans=((0, len(example.text)),) if example.status else ())
        for example in _sentence_examples(corpus)
    ]


def _sentence_examples(corpus: Corpus) -> list[Example]:
    return [
        Example(row.post_id, row.sentence_id, row.label, corpus.criteria[row.label], row.text, row.status, ())
        for row in corpus.sentences
    ]


def _pair_examples(corpus: Corpus) -> list[Example]:
    texts = {post.post_id: post.text for post in corpus.posts}
    return [
        Example(
            post_id=pair.post_id,
            sentence_id="",
            label=pair.label,
            criterion=corpus.criteria[pair.label],
            text=texts[pair.post_id],
            status=pair.status,
            spans=tuple((span.start, span.end) for span in pair.spans),
        )
        for pair in corpus.pairs
    ]
