"""A floor is beaten by more than chance, and all floors are."""

import pytest

from redsm5_hpo.reporting.verdict import beats_floor, strongest_floor, verdict


def floors(**found):
    """Floors from name=(f1_macro, p_holm); no p_holm where it is None."""
    return {name: {"f1_macro": f1, **({} if p is None else {"p_holm": p})} for name, (f1, p) in found.items()}


CASES = {
    "above all beyond chance": (floors(low=(0.3, 0.001), high=(0.5, 0.05)), True, "beats high 0.500 and all other"),
    "one by chance": (floors(low=(0.3, 0.06), high=(0.5, 0.01)), False, "above, not beyond chance, high 0.500"),
    "equal to one": (floors(low=(0.3, 0.01), high=(0.6, 1.0)), False, "not above high 0.600"),
    "far below one": (floors(low=(0.3, 0.01), high=(0.9, 0.01)), False, "not above high 0.900"),
    "no p values": (floors(low=(0.3, None), high=(0.5, None)), False, "too few posts"),
}


@pytest.mark.parametrize(("beside", "beaten", "words"), CASES.values(), ids=CASES)
def test_the_verdict_on_0_6(beside, beaten, words):
    assert beats_floor(0.6, beside) is beaten
    assert words in verdict(0.6, beside)


def test_of_equal_floors_the_first_is_the_strongest():
    assert strongest_floor(floors(a=(0.3, 1.0), b=(0.3, 1.0)))["name"] == "a"
