"""The wording of faults."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.raw.problems import Problem, shortened, shown
from redsm5_hpo.corpus.raw.reading import read_raw
from tests.corpus.builders import write_source


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("p_1", "'p_1'"),
        ("", "0 characters"),
        ("two words", "9 characters"),
        ("x" * 41, "41 characters"),
        ("p_1 ", "'p_1' with blanks around it"),
        ("\n\u00a0p_1", "'p_1' with blanks around it"),
        (" two words", "10 characters"),
    ],
    ids=["an identifier", "nothing", "words", "too long", "a blank behind", "blanks before", "words and a blank"],
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


def test_blanks_around_a_label_are_said(tmp_path: Path) -> None:
    rows = [("p1", "s", "x", "FATIGUE ", "1", ""), ("p1", "t", "x", "FATIGUE", " 1", "")]
    with pytest.raises(CorpusError) as error:
        read_raw(write_source(tmp_path, rows=rows), ())
    message = str(error.value)
    assert "column DSM5_symptom: 'FATIGUE' with blanks around it; allowed: one of DEPRESSED_MOOD" in message
    assert "column status: '1' with blanks around it; allowed: 0 or 1" in message
