"""The one look at test."""

import csv

import pytest

from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.errors import CorpusError, HpoError
from redsm5_hpo.files import read_json
from redsm5_hpo.reporting.criteria import by_criterion
from redsm5_hpo.reporting.evaluation import evaluate, summarise
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.floors import majority_floor
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.saving import save_description, save_seed
from redsm5_hpo.training.scoring import Answer
from tests.tiny_encoders import save_tiny_encoder
from tests.training.builders import ARCHITECTURES, CONFIGURATION, PARAMS, encoder, example, learnable_corpus, plan

FLAT = ["f1_macro", "loss", "accuracy", "floors", "beats_floor"]
TEXT = "i feel sad. awake all night."
SCORED = [example(TEXT, (0, 11), post_id="p1"), example(TEXT, post_id="p1"), example(TEXT, post_id="p2")]
ANSWERS = [Answer(1.0, 1.0, (0, 11)), Answer(-1.0, -1.0, None), Answer(1.0, -1.0, None)]


def summarised(architecture="share", floor=0.5):
    criteria = by_criterion(architecture, SCORED, ANSWERS, 5)
    return summarise(architecture, SCORED, ANSWERS, 1.25, floor, criteria)


def test_the_summary_starts_flat():
    result = summarised()
    assert list(result)[: len(FLAT)] == FLAT
    assert [type(result[name]) for name in FLAT] == [float, float, float, dict, bool]
    assert result["floors"] == {"majority": {"f1_macro": 0.5}}


def test_the_summary_holds_the_worked_scores():
    result = summarised()
    # status: F1 of absent 1/1 and 1/2, of present 1/2 and 1/1, both 2/3; every answer of evidence is right
    assert result["f1_macro"] == pytest.approx((2 / 3 + 1) / 2)
    assert result["accuracy"] == pytest.approx(2 / 3)
    assert (result["loss"], result["examples"], result["posts"]) == (1.25, 3, 2)
    assert result["parts"] == pytest.approx({"status_f1_macro": 2 / 3, "evidence_f1": 1, "evidence_exact_match": 1})


PARTS = {
    "criteria": {"status_f1_macro"},
    "evidence": {"evidence_f1", "evidence_exact_match"},
    "share": {"status_f1_macro", "evidence_f1", "evidence_exact_match"},
}


@pytest.mark.parametrize(("architecture", "names"), PARTS.items(), ids=PARTS)
def test_the_summary_leaves_out_what_an_architecture_does_not_learn(architecture, names):
    assert set(summarised(architecture)["parts"]) == names


@pytest.mark.parametrize(
    ("gap", "beaten"), [(-0.01, True), (0.0, False), (0.01, False)], ids=["below", "equal", "above"]
)
def test_a_floor_is_beaten_by_a_higher_score_alone(gap, beaten):
    assert summarised(floor=summarised()["f1_macro"] + gap)["beats_floor"] is beaten


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    return save_tiny_encoder("bert", tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture
def pipeline(bert, tmp_path, monkeypatch):
    """Makes a pipeline folder with splits and a refitted model of an architecture."""
    monkeypatch.chdir(tmp_path)
    splits = tmp_path / "data/splits"
    for name, size, first in (("train", 8, 0), ("test", 8, 24)):
        learnable_corpus(size, first).save(splits / name)

    def refitted(architecture):
        a_plan = plan(splits, architecture, encoder(bert))
        directory = tmp_path / "models" / architecture
        model, _ = fit_all_epochs(a_plan, CONFIGURATION, 1, 1)
        save_seed(directory, 1, model, tokenizers(architecture, a_plan.encoder))
        save_description(directory, a_plan, CONFIGURATION, [1], {})
        return tmp_path

    return refitted


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_writes_metrics_plots_and_predictions_of_every_example(pipeline, architecture):
    folder = pipeline(architecture)
    evaluate(PARAMS, architecture)
    result = read_json(folder / f"metrics/{architecture}/test.json")
    assert set(FLAT) < set(result)
    for name in (f"metrics/{architecture}/confusion.csv", f"data/predictions/{architecture}.csv"):
        with (folder / name).open(newline="") as stream:
            assert len(list(csv.DictReader(stream))) == result["examples"] == 16
    lines = (folder / f"metrics/{architecture}/criteria.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["criterion", "MOOD", "SLEEP"]


def test_the_floor_is_that_of_train(pipeline):
    folder = pipeline("share")
    evaluate(PARAMS, "share")
    expected = majority_floor("share", learnable_corpus(8), learnable_corpus(8, 24))
    assert read_json(folder / "metrics/share/test.json")["floors"]["majority"]["f1_macro"] == expected


def test_two_evaluations_write_the_same_bytes(pipeline):
    folder = pipeline("joint")
    found = []
    for _ in range(2):
        evaluate(PARAMS, "joint")
        files = [*(folder / "metrics/joint").iterdir(), folder / "data/predictions/joint.csv"]
        found.append({path.name: path.read_bytes() for path in files})
    assert found[0] == found[1]


def test_no_word_of_a_post_leaves_with_the_results(pipeline):
    folder = pipeline("share")
    evaluate(PARAMS, "share")
    written = [
        path.read_text() for path in (*(folder / "metrics").rglob("*.*"), *(folder / "data/predictions").iterdir())
    ]
    assert len(written) == 6
    assert not any("hopeless" in content or "mother" in content for content in written)


def test_it_needs_neither_val_nor_the_search(pipeline):
    folder = pipeline("criteria")
    assert not (folder / "data/splits/val").exists()
    assert not (folder / "data/hpo").exists()
    evaluate(PARAMS, "criteria")


def test_a_test_part_without_examples_is_refused(pipeline):
    folder = pipeline("share")
    corpus = learnable_corpus(4)
    Corpus(corpus.posts, corpus.sentences, (), corpus.criteria).save(folder / "data/splits/test")
    with pytest.raises(CorpusError, match="test holds no example for share"):
        evaluate(PARAMS, "share")


def test_a_missing_model_is_named(pipeline):
    pipeline("criteria")
    with pytest.raises(HpoError, match="models/evidence holds no whole model"):
        evaluate(PARAMS, "evidence")
