"""Looks at the test part: each counted once, for each architecture and test part apart."""

import pytest

from redsm5_hpo.errors import HpoError
from redsm5_hpo.reporting.ledger import record_look


@pytest.fixture
def folders(tmp_path):
    """Two models and two test parts."""
    for name in ("model_a", "model_b", "test_a", "test_b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "content").write_text(name)
    return tmp_path


def look(folders, model="model_a", test="test_a", architecture="criteria"):
    return record_look(folders / "ledger.jsonl", architecture, folders / model, folders / test)


def test_the_same_evaluation_counts_once(folders):
    assert [look(folders), look(folders)] == [1, 1]
    assert len((folders / "ledger.jsonl").read_text().splitlines()) == 1


def test_another_model_is_another_look(folders):
    assert [look(folders), look(folders, model="model_b"), look(folders)] == [1, 2, 2]


@pytest.mark.parametrize(
    "other", [{"architecture": "joint"}, {"test": "test_b"}], ids=["another architecture", "another test part"]
)
def test_looks_are_counted_apart_for(folders, other):
    look(folders)
    assert look(folders, **other) == 1


def test_a_changed_file_in_the_model_is_another_model(folders):
    look(folders)
    (folders / "model_a" / "content").write_text("refitted")
    assert look(folders) == 2


@pytest.mark.parametrize("content", ["{", "[1]\n", '{"a": 1}\n'], ids=["no JSON", "no mapping", "no text"])
def test_a_damaged_ledger_is_named(folders, content):
    (folders / "ledger.jsonl").write_text(content)
    with pytest.raises(HpoError, match=r"ledger\.jsonl is damaged"):
        look(folders)
