"""What saved models predict of many examples, piece by piece."""

import os
import signal

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.errors import HpoError
from redsm5_hpo.training import pieces
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.model_folder import load_description, save_description
from redsm5_hpo.training.pieces import Request, predicting
from redsm5_hpo.training.saving import load_predictor, save_seed
from redsm5_hpo.training.winner import Winner
from tests.training.builders import CONFIGURATION, encoder, learnable_corpus, plan

ASKED = examples(learnable_corpus(5), "share")
PARTS = {"first": ASKED[:4], "rest": ASKED[4:]}
WINNER = Winner(configuration=CONFIGURATION, best_epoch=1, epochs=1, value=0.5, trial=0, stage="s2")


@pytest.fixture
def model(tiny, splits, tmp_path):
    made, directory = plan(splits, "share", encoder(tiny["bert"])), tmp_path / "model"
    fitted, _ = fit_all_epochs(made, CONFIGURATION, 1, 1)
    save_seed(directory, 1, fitted, tokenizers("share", made.encoder))
    save_description(directory, made, WINNER, [1])
    return directory


def predicted_by(model, asked=ASKED, *, by_seed=False):
    with predicting({"asked": Request(model, load_description(model), asked, by_seed)}) as found:
        return found["asked"]()


pytestmark = pytest.mark.usefixtures("server", "workers")


@pytest.fixture(params=["1", "2"], ids=["1 worker", "2 workers"])
def workers(request, monkeypatch):
    monkeypatch.setenv("HPO_WORKERS", request.param)


def test_every_example_is_answered_in_order(model, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 3)
    predictor = load_predictor(model)
    alone = [predictor.predict(ASKED[start : start + 3], by_seed=True) for start in range(0, len(ASKED), 3)]
    found = predicted_by(model, by_seed=True)
    assert len(ASKED) == 10
    assert found.answers == [answer for piece in alone for answer in piece.answers]
    assert found.by_seed == {1: [answer for piece in alone for answer in piece.by_seed[1]]}
    assert found.windows == sum(piece.windows for piece in alone)
    assert found.loss == pytest.approx(sum(piece.loss * piece.windows for piece in alone) / found.windows)


def test_several_models_are_asked_at_once(model):
    requests = {name: Request(model, load_description(model), asked) for name, asked in PARTS.items()}
    with predicting(requests) as found:
        answers = {name: found[name]().answers for name in reversed(PARTS)}
    assert answers == {name: load_predictor(model).predict(asked).answers for name, asked in PARTS.items()}


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_is_told(model, monkeypatch):
    monkeypatch.setattr(pieces, "predicted", killed)
    with pytest.raises(HpoError, match=r"a worker died(.|\n)*eval_batch_size"):
        predicted_by(model)


def test_a_model_that_cannot_be_loaded_is_told_by_a_worker_too(model):
    description = load_description(model)
    (model / "seed-1/heads.safetensors").write_bytes(b"")
    with (
        pytest.raises(HpoError, match="holds no whole model"),
        predicting({"asked": Request(model, description, ASKED)}) as found,
    ):
        found["asked"]()
