"""What runs of sentences can reach, in posts whose sentences are plain to see."""

import pytest

from redsm5_hpo.corpus.evidence_sentences import LONGEST, evidence_sentences, evidence_warnings
from redsm5_hpo.corpus.records import Corpus, Pair, Post, Span

TEXT = "One two three four. Five six. Seven eight nine. Ten."  # sentences of 4, 2, 3 and 1 words
CASES = {  # the gold spans; sentences of the longest; whether it is a part of them; best F1 of one and two sentences
    "a sentence": (["Five six."], 1, 0, 1.0, 1.0),
    "without its mark": (["Five six"], 1, 0, 1.0, 1.0),
    "a part of one": (["two three"], 1, 1, 2 * 2 / (4 + 2), 2 * 2 / (4 + 2)),
    "two sentences": (["Five six. Seven eight nine."], 2, 0, 2 * 3 / (3 + 5), 1.0),
    "parts of two": (["six. Seven"], 2, 1, 2 * 1 / (2 + 2), 2 * 2 / (5 + 2)),
    "the better of two spans": (["One two", "Ten."], 1, 1, 1.0, 1.0),
}


def corpus(*evidence):
    spans = tuple(Span(TEXT.index(each), TEXT.index(each) + len(each), "exact") for each in evidence)
    pairs = (Pair("p", "MOOD", 1, True, spans), Pair("p", "SLEEP", 0, True, ()))
    return Corpus((Post("p", TEXT),), (), pairs, {"MOOD": "mood", "SLEEP": "sleep"})


@pytest.mark.parametrize(("evidence", "sentences", "parts", "one", "two"), CASES.values(), ids=CASES)
def test_the_counts_are_those_of_literal_spans(evidence, sentences, parts, one, two):
    counts = evidence_sentences(corpus(*evidence))
    assert (counts["spans"], counts["parts_of_sentences"]) == (len(evidence), parts)
    assert [counts["over_sentences"][str(length)] > 0 for length in range(1, LONGEST + 1)] == [
        sentences > length for length in range(1, LONGEST + 1)
    ]
    assert (counts["best_f1"]["1"], counts["best_f1"]["2"]) == (
        pytest.approx(one, abs=1e-4),
        pytest.approx(two, abs=1e-4),
    )


def test_a_corpus_without_evidence_has_counts_of_zero():
    empty = Corpus((Post("p", TEXT),), (), (Pair("p", "MOOD", 0, True, ()),), {"MOOD": "mood"})
    assert evidence_sentences(empty) == {
        "spans": 0,
        "parts_of_sentences": 0,
        "over_sentences": dict.fromkeys("12345", 0),
        "best_f1": {},
    }


@pytest.mark.parametrize(("parts", "warned"), [(0, False), (5, False), (6, True)])
def test_many_parts_of_sentences_are_a_warning(parts, warned):
    assert bool(evidence_warnings({"spans": 100, "parts_of_sentences": parts})) is warned
