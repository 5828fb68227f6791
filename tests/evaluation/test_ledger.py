"""Test evaluations are counted once, separately for each architecture and test split."""

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.evaluation.ledger import record_evaluation


@pytest.fixture
def folders(tmp_path):
    """Two models and two test splits."""
    for name in ("model_a", "model_b", "test_a", "test_b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "content").write_text(name)
    return tmp_path


def evaluation(folders, model="model_a", test="test_a", architecture="criteria"):
    return record_evaluation(folders / "ledger.jsonl", architecture, folders / model, folders / test)


def test_the_same_evaluation_counts_once(folders):
    assert [evaluation(folders), evaluation(folders)] == [1, 1]
    assert len((folders / "ledger.jsonl").read_text().splitlines()) == 1


def test_another_model_is_another_evaluation(folders):
    assert [evaluation(folders), evaluation(folders, model="model_b"), evaluation(folders)] == [1, 2, 2]


@pytest.mark.parametrize(
    "other", [{"architecture": "joint"}, {"test": "test_b"}], ids=["another architecture", "another test split"]
)
def test_evaluations_are_counted_separately_for(folders, other):
    evaluation(folders)
    assert evaluation(folders, **other) == 1


def test_a_changed_file_in_the_model_is_another_model(folders):
    evaluation(folders)
    (folders / "model_a" / "content").write_text("refitted")
    assert evaluation(folders) == 2


@pytest.mark.parametrize("content", ["{", "[1]\n", '{"a": 1}\n'], ids=["no JSON", "no mapping", "no text"])
def test_a_damaged_ledger_is_named(folders, content):
    (folders / "ledger.jsonl").write_text(content)
    with pytest.raises(HpoError, match=r"ledger\.jsonl is damaged"):
        evaluation(folders)
