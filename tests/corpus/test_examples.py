"""Which rows become the examples of an architecture."""

import pytest

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Pair, Sentence, Span
from tests.corpus.builders import LABELS, corpus

SMALL = corpus(
    {"p1": "I am tired. Bye."},
    [Pair("p1", "LOW", 0, False, ()), Pair("p1", "TIRED", 1, True, (Span(0, 11, "exact"),))],
    [Sentence("p1", "p1_0", "TIRED", "I am tired.", 1)],
)


def test_examples_of_criteria_are_sentences() -> None:
    assert examples(SMALL, "criteria") == [Example("p1", "p1_0", "TIRED", LABELS["TIRED"], "I am tired.", 1, ())]


@pytest.mark.parametrize("architecture", ["evidence", "share", "joint"])
def test_examples_of_the_others_are_pairs_with_the_whole_post(architecture: Architecture) -> None:
    assert examples(SMALL, architecture) == [
        Example("p1", "", "LOW", LABELS["LOW"], "I am tired. Bye.", 0, ()),
        Example("p1", "", "TIRED", LABELS["TIRED"], "I am tired. Bye.", 1, ((0, 11),)),
    ]
