"""Which results are of the corpus that the project has now."""

import pytest

from redsm5_hpo.core.files import read_yaml, write_yaml
from redsm5_hpo.core.layout import MAXIMAL, MULTI_STAGE
from redsm5_hpo.reporting.corpus_of_results import CorpusOfResults, of_another_corpus
from tests.training.builders import PARAMS, ROOT

TEST = "data/splits/test"
PREPARED = {"params": {"params.yaml": {"data": {"source": "demo"}}}}


def split(md5="a"):
    return {"outs": [{"path": "data/splits/train", "md5": "t"}, {"path": TEST, "md5": md5}]}


def evaluated(md5="a"):
    return {"deps": [{"path": "data/splits/train", "md5": "t"}, {"path": TEST, "md5": md5}]}


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Gives what the lock of a project says about its results."""
    monkeypatch.chdir(tmp_path)

    def made(stages, source="demo", lock="dvc.lock"):
        path = tmp_path / lock
        path.parent.mkdir(exist_ok=True)
        write_yaml(path, {"schema": "2.0", "stages": stages})
        return CorpusOfResults(PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"source": source})}))

    return made


CASES = {
    "of this split": ({"prepare": PREPARED, "split": split(), "evaluate@criteria": evaluated()}, "demo", True),
    "of another split": ({"prepare": PREPARED, "split": split("b"), "evaluate@criteria": evaluated()}, "demo", False),
    "of a corpus that was prepared before": (
        {"prepare": PREPARED, "split": split(), "evaluate@criteria": evaluated()},
        "redsm5",
        False,
    ),
    "of an evaluation that DVC has not recorded": ({"prepare": PREPARED, "split": split()}, "demo", True),
    "of a project that DVC has recorded nothing of": ({}, "demo", True),
}


@pytest.mark.parametrize(("stages", "source", "expected"), CASES.values(), ids=CASES)
def test_a_result_is_shown_if_it_is(corpus, stages, source, expected):
    assert corpus(stages, source).is_this("criteria", MULTI_STAGE) is expected


def test_the_maximal_search_has_its_own_lock(corpus):
    corpus({"evaluate_max@criteria": evaluated("b")}, lock="maximal/dvc.lock")
    found = corpus({"prepare": PREPARED, "split": split(), "evaluate@criteria": evaluated()})
    assert [found.is_this("criteria", search) for search in (MULTI_STAGE, MAXIMAL)] == [True, False]


def test_the_recorded_run_is_of_its_corpus(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert "evaluate@criteria" in read_yaml(ROOT / "dvc.lock")["stages"]
    found = CorpusOfResults(PARAMS)
    assert all(found.is_this(architecture, MULTI_STAGE) for architecture in PARAMS.architectures)


def test_the_sentence_names_the_results():
    assert of_another_corpus(["share", "joint max"]).startswith("share, joint max: recorded on another corpus")
