"""The content of test.json: worked scores, floors beside them, intervals around them."""

import pytest

from redsm5_hpo.reporting.criteria import by_criterion
from redsm5_hpo.reporting.result import FEWEST_POSTS, headline, result_of_test
from redsm5_hpo.training.scoring import Answer
from tests.training.builders import example

FLAT = {
    "f1_macro": float,
    "accuracy": float,
    "beats_floor": bool,
    "beats_all_floors": bool,
    "examples": int,
    "posts": int,
}
TEXT = "i feel sad. awake all night."
SCORED = [example(TEXT, (0, 11), post_id="p1"), example(TEXT, post_id="p1"), example(TEXT, post_id="p2")]
ANSWERS = [Answer(1.0, 1.0, (0, 11)), Answer(-1.0, -1.0, None), Answer(1.0, -1.0, None)]
ABSENT = [Answer(-1.0, -1.0, None)] * 3
RIGHT = [Answer(1.0, 1.0, (0, 11)), *ABSENT[1:]]
POSTS = FEWEST_POSTS + 1
MANY = [example(TEXT, *spans, post_id=f"p{post}") for post in range(POSTS) for spans in ([(0, 11)], [])]
GOOD = [Answer(1.0, 1.0, (0, 11)), Answer(-1.0, -1.0, None)] * (POSTS - 1) + ABSENT[:2]


def result(architecture="share", scored=SCORED, answers=ANSWERS, **floors):
    criteria = by_criterion(architecture, scored, answers, 5)
    return result_of_test(architecture, scored, answers, {"majority": ABSENT, **floors}, criteria, seed=1)


def test_the_headline_numbers_stand_flat():
    found = result()
    assert {name: type(found[name]) for name in FLAT} == FLAT


def test_it_holds_the_worked_scores():
    found = result()
    # status: F1 of absent 1/1 and 1/2, of present 1/2 and 1/1, both 2/3; every answer of evidence is right
    assert found["f1_macro"] == pytest.approx((2 / 3 + 1) / 2)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert (found["examples"], found["posts"]) == (3, 2)
    assert found["parts"] == pytest.approx({"status_f1_macro": 2 / 3, "evidence_f1": 1, "evidence_exact_match": 1})


PARTS = {
    "criteria": {"status_f1_macro"},
    "evidence": {"evidence_f1", "evidence_exact_match"},
    "share": {"status_f1_macro", "evidence_f1", "evidence_exact_match"},
}


@pytest.mark.parametrize(("architecture", "names"), PARTS.items(), ids=PARTS)
def test_it_leaves_out_what_an_architecture_does_not_learn(architecture, names):
    assert set(result(architecture)["parts"]) == names


BEATEN = {"a lower floor": (ABSENT, True), "an equal floor": (ANSWERS, False), "a higher floor": (RIGHT, False)}


@pytest.mark.parametrize(("floor", "beaten"), BEATEN.values(), ids=BEATEN)
def test_a_floor_is_beaten_by_a_higher_score_alone(floor, beaten):
    assert result(majority=floor)["beats_floor"] is beaten


def test_one_higher_floor_is_enough_not_to_beat_all():
    found = result(strong=RIGHT)
    assert (found["beats_floor"], found["beats_all_floors"]) == (True, False)


def test_every_floor_has_its_score_its_difference_and_its_p():
    absent = [Answer(-1.0, -1.0, None)] * len(MANY)
    floor = result(scored=MANY, answers=GOOD, majority=absent)["floors"]["majority"]
    assert set(floor) == {"f1_macro", "difference", "p"}
    assert 0 < floor["difference"]["low"] < floor["difference"]["high"]
    assert 0 < floor["p"] < 0.1


def test_an_interval_holds_its_number():
    found = result(scored=MANY, answers=GOOD, majority=GOOD)
    for name in ("f1_macro", "accuracy"):
        assert found["intervals"][name]["low"] <= found[name] <= found["intervals"][name]["high"]


def test_few_posts_have_no_intervals():
    found = result()
    assert found["intervals"] == {}
    assert set(found["floors"]["majority"]) == {"f1_macro"}


def test_the_headline_names_the_strongest_floor_and_its_side():
    assert ", above the strongest floor, majority" in headline(result())
    assert ", not above the strongest floor, strong" in headline(result(strong=RIGHT))
