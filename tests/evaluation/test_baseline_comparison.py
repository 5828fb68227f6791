"""Which comparisons beat all baselines, and their messages."""

import pytest

from redsm5_hpo.evaluation.baseline_comparison import beats_baselines, comparison_message, strongest_baseline


def baselines(**found):
    """Baselines from name=(f1_macro, p_holm); no p_holm where it is None."""
    return {name: {"f1_macro": f1, **({} if p is None else {"p_holm": p})} for name, (f1, p) in found.items()}


CASES = {
    "significantly above all": (baselines(low=(0.3, 0.001), high=(0.5, 0.05)), True, "beats high 0.500 and all other"),
    "not significantly above one": (
        baselines(low=(0.3, 0.06), high=(0.5, 0.01)),
        False,
        "not significantly above high 0.500",
    ),
    "equal to one": (baselines(low=(0.3, 0.01), high=(0.6, 1.0)), False, "not above high 0.600"),
    "far below one": (baselines(low=(0.3, 0.01), high=(0.9, 0.01)), False, "not above high 0.900"),
    "no p values": (baselines(low=(0.3, None), high=(0.5, None)), False, "too few posts"),
}


@pytest.mark.parametrize(("compared", "beaten", "message"), CASES.values(), ids=CASES)
def test_the_comparison_of_a_score_of_0_6(compared, beaten, message):
    assert beats_baselines(0.6, compared) is beaten
    assert message in comparison_message(0.6, compared)


def test_the_strongest_of_equal_baselines_is_the_first():
    assert strongest_baseline(baselines(a=(0.3, 1.0), b=(0.3, 1.0)))["name"] == "a"
