"""Definitions of criteria: the project's own, and those of a corpus."""

from pathlib import Path

import pytest

from redsm5_hpo.corpus.raw.definitions import DEFINITIONS, read_criteria


@pytest.mark.parametrize("label", DEFINITIONS)
def test_a_definition_is_one_sentence_of_twelve_to_twenty_words(label: str) -> None:
    assert DEFINITIONS[label].count(".") == 1
    assert 12 <= len(DEFINITIONS[label].split()) <= 20


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- a\n- b\n", "criteria.yaml: a list; allowed: a mapping"),
        ("just words\n", "criteria.yaml: one text;"),
        ("{}\n", "criteria.yaml: nothing;"),
        ("# nothing\n", "no mapping"),
        ("A: [b\n", "no YAML"),
        ("A: one\nB:\n", "line 2: the definition of 'B' is empty"),
        ("A: ''\n", "line 1: the definition of 'A' is empty"),
        ("A: {b: c}\n", "the definition of 'A' is no text"),
        ("A: one\nA: two\n", "line 2: label 'A' again"),
        ("A: To do.\nC: else\nB: 'to  do. '\n", "line 3: the definition of 'B' is that of 'A'"),
        ("[1, 2]: one\n", "a label that is no text"),
        ("", "an empty file"),
    ],
)
def test_the_fault_of_a_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "criteria.yaml"
    path.write_text(text, encoding="utf-8")
    assert any(fault in str(problem) for problem in read_criteria(path)[1])


def test_labels_that_yaml_reads_as_other_types_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "criteria.yaml"
    path.write_text("NO: one\n7: two\n", encoding="utf-8")
    assert read_criteria(path) == ({"NO": "one", "7": "two"}, [])
