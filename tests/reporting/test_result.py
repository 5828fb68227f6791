"""The content of test.json: worked scores, floors beside them, intervals around them."""

import pytest

from redsm5_hpo.reporting.criteria import by_criterion
from redsm5_hpo.reporting.result import FEWEST_POSTS, Compared, headline, result_of_test
from redsm5_hpo.training.scoring import Answer
from tests.training.builders import example

FLAT = {
    "f1_macro": float,
    "accuracy": float,
    "beats_floor": bool,
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
    return result_of_test(architecture, scored, answers, Compared({"majority": ABSENT, **floors}), criteria, seed=1)


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


def test_every_floor_has_its_score_its_difference_and_its_p():
    absent = [Answer(-1.0, -1.0, None)] * len(MANY)
    floor = result(scored=MANY, answers=GOOD, majority=absent)["floors"]["majority"]
    assert set(floor) == {"f1_macro", "difference", "p", "p_holm"}
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


def test_few_posts_beat_no_floor():
    found = result()
    assert found["beats_floor"] is False
    assert "above majority 0.533, too few posts to say whether by chance" in headline(found)


def test_p_values_are_corrected_for_the_number_of_floors():
    absent = [Answer(-1.0, -1.0, None)] * len(MANY)
    floors = result(scored=MANY, answers=GOOD, majority=absent, again=absent)["floors"]
    assert {floors[name]["p_holm"] for name in ("majority", "again")} == {2 * floors["majority"]["p"]}


def test_the_default_configuration_stands_among_the_floors_with_a_verdict_of_its_own():
    absent = [Answer(-1.0, -1.0, None)] * len(MANY)
    system = {"architecture": "share", "scored": MANY, "criteria": by_criterion("share", MANY, GOOD, 5), "seed": 1}
    worse = result_of_test(answers=GOOD, compared=Compared({"majority": absent}, absent), **system)
    majority = {name: value for name, value in worse["floors"]["majority"].items() if name != "p_holm"}
    assert worse["floors"]["default"] == majority
    assert worse["beats_default"] is (worse["floors"]["default"]["p"] <= 0.05)
    assert worse["strongest_floor"]["name"] == "majority"


def test_a_system_that_is_the_default_configuration_does_not_beat_itself():
    found = result(scored=MANY, answers=GOOD, majority=[Answer(-1.0, -1.0, None)] * len(MANY))
    assert found["floors"]["default"]["f1_macro"] == found["f1_macro"]
    assert found["floors"]["default"]["p"] == 1.0
    assert found["beats_default"] is False


def test_the_strongest_floor_is_named():
    assert result(strong=RIGHT)["strongest_floor"] == {"name": "strong", "f1_macro": 1.0}
