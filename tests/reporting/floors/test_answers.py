"""Which floors an architecture has, and what none of them may do."""

from dataclasses import replace
from functools import cache

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.reporting.floors import floor_answers
from redsm5_hpo.reporting.floors.status import tfidf_logistic
from redsm5_hpo.training.floors import majority_answers
from redsm5_hpo.training.scoring import score
from tests.training.builders import ARCHITECTURES, example, learnable_corpus

UNREAD = ["majority", "all_present", "all_absent", "guess"]
EVIDENCE = ["whole_post", "tfidf_sentence", "logistic_sentence", "logistic_window"]
FLOORS = {
    "criteria": [*UNREAD, "tfidf_logistic"],
    "evidence": [*UNREAD, *EVIDENCE],
    "share": [*UNREAD, "tfidf_logistic", *EVIDENCE],
    "joint": [*UNREAD, "tfidf_logistic", *EVIDENCE],
}
SPANS = ["evidence", "share", "joint"]
BOTH_HALVES = ["share", "joint"]


def parts(architecture):
    """Train, val and a scored part, all of the same invented posts' kind."""
    return [examples(learnable_corpus(16, first), architecture) for first in (0, 16, 32)]


@cache
def floors_of(architecture):
    """Every floor's answers to the scored part, for the tests that only look at them."""
    return floor_answers(architecture, *parts(architecture))


def relabelled(part):
    """The same texts with every status turned round; pairs that become present have their first characters as span."""
    return [replace(each, status=1 - each.status, spans=_turned(each)) for each in part]


def _turned(each):
    return () if each.status or each.sentence_id else ((0, 4),)


def scores(architecture):
    """The primary metric of every floor."""
    scored = parts(architecture)[2]
    return {name: score(architecture, scored, each).f1_macro for name, each in floors_of(architecture).items()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_architecture_has_its_floors(architecture):
    assert list(floors_of(architecture)) == FLOORS[architecture]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_floor_answers_every_example_and_is_scored_as_a_model_is(architecture):
    assert all(0 <= value <= 1 for value in scores(architecture).values())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_can_be_learned_is_learned(architecture):
    best = "tfidf_logistic" if architecture == "criteria" else "logistic_sentence"
    assert scores(architecture)[best] > 0.95


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_other_labels_of_the_scored_part_change_no_answer(architecture):
    train, val, scored = parts(architecture)
    assert floor_answers(architecture, train, val, relabelled(scored)) == floors_of(architecture)


@pytest.mark.parametrize("architecture", SPANS)
def test_other_labels_of_val_may_change_answers(architecture):
    train, val, scored = parts(architecture)
    assert floor_answers(architecture, train, relabelled(val), scored) != floors_of(architecture)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_else_is_scored_changes_no_answer(architecture):
    train, val, scored = parts(architecture)
    alone = floor_answers(architecture, train, val, scored[:3])
    assert alone == {name: answers[:3] for name, answers in floors_of(architecture).items()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_parts_give_the_same_answers(architecture):
    assert floor_answers(architecture, *parts(architecture)) == floors_of(architecture)


@pytest.mark.parametrize("architecture", SPANS)
def test_spans_lie_inside_their_text(architecture):
    train, val, scored = parts(architecture)
    scored += [example(""), example(" "), example("?!"), example("gloom 😀. İstanbul’da\r\n\u2028x")]
    for answers in floor_answers(architecture, train, val, scored).values():
        spans = [(each.text, answer.span) for each, answer in zip(scored, answers, strict=True) if answer.span]
        assert all(0 <= start <= end <= len(text) for text, (start, end) in spans)


def test_the_majority_is_that_of_training():
    train, _, scored = parts("share")
    assert floors_of("share")["majority"] == majority_answers(train, scored)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_constants_are_what_they_are_called(architecture):
    answers, scored = floors_of(architecture), parts(architecture)[2]
    assert {(answer.status, answer.evidence) for answer in answers["all_absent"]} == {(0, None)}
    assert [(answer.status, answer.evidence) for answer in answers["all_present"]] == [
        (1, (0, len(each.text))) for each in scored
    ]


@pytest.mark.parametrize("architecture", BOTH_HALVES)
def test_the_evidence_floors_take_their_status_from_the_logistic_regression(architecture):
    answers = floors_of(architecture)
    status = [answer.status_log_odds for answer in answers["tfidf_logistic"]]
    assert all([answer.status_log_odds for answer in answers[name]] == status for name in EVIDENCE)


@pytest.mark.parametrize("architecture", BOTH_HALVES)
def test_the_evidence_is_that_of_the_evidence_architecture(architecture):
    both, alone = floors_of(architecture), floors_of("evidence")
    for name in EVIDENCE:
        assert [answer.evidence for answer in both[name]] == [answer.evidence for answer in alone[name]]


def test_the_whole_post_is_given_where_the_logistic_regression_says_present():
    answers, scored = floors_of("share"), parts("share")[2]
    said = [answer.status for answer in answers["tfidf_logistic"]]
    expected = [(0, len(each.text)) if status else None for each, status in zip(scored, said, strict=True)]
    assert [answer.evidence for answer in answers["whole_post"]] == expected


def test_the_logistic_regression_alone_gives_no_evidence():
    answers = floors_of("share")["tfidf_logistic"]
    assert {answer.evidence for answer in answers} == {None}


@pytest.mark.parametrize(("architecture", "characters"), [("criteria", True), ("share", False), ("joint", False)])
def test_characters_are_for_sentences_alone(architecture, characters):
    answers = floors_of(architecture)["tfidf_logistic"]
    expected = tfidf_logistic(*parts(architecture), characters=characters)
    assert [answer.status_log_odds for answer in answers] == expected


def test_evidence_learns_no_status_of_its_own():
    answers = floors_of("evidence")
    assert {answer.status_log_odds for name in EVIDENCE for answer in answers[name]} == {None}


PRESENT, ABSENT = example("i feel so sad.", (0, 14)), example("we ate.")
DEGENERATE = {
    "one class present": ([PRESENT] * 3, [PRESENT, ABSENT]),
    "one class absent": ([ABSENT] * 3, [PRESENT, ABSENT]),
    "a label unseen in train": ([PRESENT, ABSENT], [replace(PRESENT, label="SLEEP")]),
    "no words": ([example("?!", (0, 2)), example("")], [PRESENT, ABSENT]),
    "two examples": ([PRESENT, ABSENT], [PRESENT, ABSENT]),
    "one example": ([PRESENT], [ABSENT]),
    "empty texts": ([example("", status=1), example("")], [example("")]),
    "no val": ([PRESENT, ABSENT], []),
}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("train", "val"), DEGENERATE.values(), ids=DEGENERATE)
def test_every_floor_answers_with(train, val, architecture):
    scored = [PRESENT, ABSENT, example(""), replace(PRESENT, label="SLEEP")]
    answers = floor_answers(architecture, train, val, scored)
    assert {name: len(each) for name, each in answers.items()} == dict.fromkeys(FLOORS[architecture], 4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_nothing_to_score_is_no_answers(architecture):
    train, val, _ = parts(architecture)
    assert floor_answers(architecture, train, val, []) == {name: [] for name in FLOORS[architecture]}
