"""Predictions for posts in Python."""

import subprocess
import sys

import pytest

import redsm5_hpo
from redsm5_hpo import load_predictor
from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.inference import posts as posts_module
from redsm5_hpo.inference.command import main
from redsm5_hpo.inference.prediction_output import COLUMNS, prediction_line
from tests.inference.builders import saved_model
from tests.training.builders import CRITERIA, learnable_corpus

pytestmark = pytest.mark.slow
POSTS = {post.post_id: post.text for post in learnable_corpus(6).posts}


@pytest.fixture(params=["criteria", "share"])
def model(request, tiny, workplace):
    return saved_model(request.param, tiny["bert"], workplace / "model")


@pytest.mark.usefixtures("server")
def test_the_rows_are_those_of_the_command(model, workplace, monkeypatch):
    monkeypatch.setattr(posts_module, "SHARD_EXAMPLES", 4)
    monkeypatch.setenv("HPO_WORKERS", "1")
    lines = [f"{post_id},{text}" for post_id, text in POSTS.items()]
    (workplace / "posts.csv").write_text("\n".join(("post_id,text", *lines)))
    main(["predict", str(model), "posts.csv", "--out", "out.csv"])
    rows = load_predictor(str(model)).predict_posts(POSTS)
    expected = ",".join(COLUMNS) + "\n" + "".join(map(prediction_line, rows))
    assert (workplace / "out.csv").read_text() == expected


def test_a_post_may_be_predicted_by_other_definitions(model):
    rows = load_predictor(model).predict_posts({"p": "i am sad."}, {"FOOD": "eats too little"})
    assert [(row.post_id, row.criterion) for row in rows] == [("p", "FOOD")]


def test_the_default_definitions_are_those_of_the_fits(model):
    assert [row.criterion for row in load_predictor(model).predict_posts({"p": "i am sad."})] == list(CRITERIA)


def test_a_post_without_text_is_named(model):
    with pytest.raises(CorpusError, match="have no text\n  got: post_id q: NoneType instead of str"):
        load_predictor(model).predict_posts({"p": "i am sad.", "q": None})


def test_removed_posts_have_no_rows(model):
    predictor = load_predictor(model)
    with pytest.warns(UserWarning, match="1 posts are left out") as caught:
        rows = predictor.predict_posts({"p": "[removed]", "q": "i am sad."})
    assert rows == predictor.predict_posts({"q": "i am sad."})
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="1 posts are left out"):
        assert predictor.predict_posts({"p": "[removed]"}) == []


def test_the_package_is_imported_without_torch():
    code = "import redsm5_hpo, redsm5_hpo.inference.command, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 (our own)


def test_the_package_has_no_other_name():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = redsm5_hpo.nonsense
