"""Answers to many examples, piece by piece."""

import os
import signal

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.errors import HpoError
from redsm5_hpo.training import pieces
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.pieces import answering
from redsm5_hpo.training.saving import load_predictor, save_description, save_seed
from redsm5_hpo.training.winner import Winner
from tests.training.builders import CONFIGURATION, encoder, learnable_corpus, plan

ASKED = examples(learnable_corpus(5), "share")
WINNER = Winner(configuration=CONFIGURATION, best_epoch=1, epochs=1, value=0.5, trial=0, stage="s2")


@pytest.fixture
def model(tiny, splits, tmp_path):
    made, directory = plan(splits, "share", encoder(tiny["bert"])), tmp_path / "model"
    fitted, _ = fit_all_epochs(made, CONFIGURATION, 1, 1)
    save_seed(directory, 1, fitted, tokenizers("share", made.encoder))
    save_description(directory, made, WINNER, [1])
    return directory


def answers_of(model, asked=ASKED):
    with answering(model, asked) as answers:
        return answers()


by_workers = pytest.mark.usefixtures("server", "workers")


@pytest.fixture(params=["1", "2"])
def workers(request, monkeypatch):
    monkeypatch.setenv("HPO_WORKERS", request.param)


@by_workers
def test_every_example_is_answered_in_order(model, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 3)
    predictor = load_predictor(model)
    alone = [predictor.predict(ASKED[start : start + 3])[0] for start in range(0, len(ASKED), 3)]
    assert len(ASKED) == 10
    assert answers_of(model) == [answer for piece in alone for answer in piece]


@pytest.mark.parametrize("asked", [ASKED, []], ids=["ten examples", "none"])
def test_a_single_piece_needs_no_worker(model, asked, monkeypatch):
    monkeypatch.setattr(pieces, "worker_pool", None)
    assert answers_of(model, asked) == (load_predictor(model).predict(asked)[0] if asked else [])


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


@by_workers
def test_a_worker_that_dies_is_told(model, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 3)
    monkeypatch.setattr(pieces, "answers_of", killed)
    with pytest.raises(HpoError, match=r"a worker died(.|\n)*eval_batch_size"):
        answers_of(model)


@by_workers
def test_a_damaged_model_is_told_by_a_worker_too(model, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 3)
    (model / "model.json").write_text("{}", encoding="utf-8")
    with pytest.raises(HpoError, match="holds no whole model"):
        answers_of(model)
