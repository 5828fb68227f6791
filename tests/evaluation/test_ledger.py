"""Test evaluations are counted once, separately for each architecture and test split."""

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.evaluation.ledger import evaluation_of, keep_evaluation, record_evaluation
from redsm5_hpo.evaluation.ledger_versions import Versions


@pytest.fixture
def folders(tmp_path):
    """Two models and two test splits."""
    for name in ("model_a", "model_b", "test_a", "test_b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("posts.jsonl" if name.startswith("test") else "content")).write_text(name)
    return tmp_path


def evaluation(folders, model="model_a", test="test_a", architecture="criteria"):
    return count(folders, model, test, architecture).evaluations


def count(folders, model="model_a", test="test_a", architecture="criteria", others=None):
    versions = Versions(others or {}, ())
    made = evaluation_of(architecture, folders / model, folders / test)
    return record_evaluation(folders / "ledger.jsonl", made, versions)


def line(folders, model="model_a", test="test_a", architecture="criteria"):
    """The line of an evaluation in a ledger elsewhere."""
    other = folders / "other.jsonl"
    other.unlink(missing_ok=True)
    keep_evaluation(other, evaluation_of(architecture, folders / model, folders / test))
    return other.read_bytes()


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


def test_other_labels_or_pairs_of_the_same_posts_are_no_other_test_split(folders):
    evaluation(folders)
    (folders / "test_a" / "pairs.jsonl").write_text("drawn again")
    assert evaluation(folders, model="model_b") == 2


def test_a_changed_file_in_the_model_is_another_model(folders):
    evaluation(folders)
    (folders / "model_a" / "content").write_text("refitted")
    assert evaluation(folders) == 2


@pytest.mark.parametrize(
    "content", ["{", "[1]\n", '{"a": 1}\n', '{"a": "b"}\n'], ids=["no JSON", "no mapping", "no text", "other keys"]
)
def test_a_damaged_ledger_is_named(folders, content):
    (folders / "ledger.jsonl").write_text(content)
    with pytest.raises(HpoError, match=r"ledger\.jsonl is damaged"):
        evaluation(folders)


ELSEWHERE = {
    "nothing": ({}, 1),
    "the same evaluation": ({"model": "model_a"}, 1),
    "another model": ({"model": "model_b"}, 2),
    "another test split": ({"model": "model_b", "test": "test_b"}, 1),
    "another architecture": ({"model": "model_b", "architecture": "joint"}, 1),
}


@pytest.mark.parametrize(("other", "expected"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_evaluations_of_the_ledgers_elsewhere_count(folders, other, expected):
    others = {"refs/heads/a": line(folders, **other), "refs/heads/b": line(folders, **other)} if other else {}
    assert count(folders, others=others) == (expected, ())


def test_the_written_ledger_has_this_working_trees_evaluations_alone(folders):
    count(folders, others={"refs/heads/a": line(folders, model="model_b")})
    assert (folders / "ledger.jsonl").read_bytes() == line(folders)


def test_a_damaged_line_elsewhere_is_named_and_the_others_count(folders):
    conflict = b"<<<<<<< HEAD\n" + line(folders, model="model_b")
    counted = count(folders, others={"refs/heads/a": conflict})
    assert counted == (2, ("line 1 of the test ledger in refs/heads/a is damaged and not counted",))
