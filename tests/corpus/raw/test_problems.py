"""The wording of faults."""

import pytest

from redsm5_hpo.corpus.raw.problems import Problem, shortened, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [("p_1", "'p_1'"), ("", "0 characters"), ("two words", "9 characters"), ("x" * 41, "41 characters")],
    ids=["an identifier", "nothing", "words", "too long"],
)
def test_only_what_can_be_an_identifier_is_shown(value: str, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("f", "x", "y", 3, "c"), "f, line 3, column c: x; allowed: y"),
        (Problem("f", "x", "y", 3), "f, line 3: x; allowed: y"),
        (Problem("f", "x", "y"), "f: x; allowed: y"),
    ],
    ids=["in a column", "in a line", "in a file"],
)
def test_a_problem_names_file_line_and_column(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_shortened_list_ends_with_the_number_of_the_others() -> None:
    assert shortened(["a", "b", "c"], 2) == ["a", "b", "... and 1 more"]
    assert shortened(["a", "b"], 2) == ["a", "b"]
