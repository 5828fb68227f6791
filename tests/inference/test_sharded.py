"""Predictions of saved models for many examples, in shards."""

import os
import signal

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.inference import sharded
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.inference.checkpoint import load_checkpoint, save_checkpoint
from redsm5_hpo.inference.predictor import load_predictor, save_seed
from redsm5_hpo.inference.sharded import PredictionRequest, predict_shard, sharded_predictions
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model import tokenizers
from tests.training.builders import CRITERIA, configured, learnable_corpus, spec

EXAMPLES = examples(learnable_corpus(5), "share")


@pytest.fixture
def model(tiny, splits, tmp_path):
    fit_spec, configuration, directory = spec(splits, "share"), configured(tiny["bert"]), tmp_path / "model"
    fitted, _ = fit_all_epochs(fit_spec, configuration, 1, 1)
    save_seed(directory, 1, fitted, tokenizers("share", configuration.encoder_params))
    save_checkpoint(directory, fit_spec, configuration, [1], Calibration(), {}, CRITERIA)
    return directory


def predicted_by(model, *, by_seed=False):
    with sharded_predictions({"all": PredictionRequest(model, load_checkpoint(model), EXAMPLES, by_seed)}) as found:
        return found["all"]()


pytestmark = pytest.mark.usefixtures("server", "workers")


@pytest.fixture(params=["1", "2"], ids=["1 worker", "2 workers"])
def workers(request, monkeypatch):
    monkeypatch.setenv("HPO_WORKERS", request.param)


def test_every_example_gets_its_prediction_in_order(model, monkeypatch):
    monkeypatch.setattr(sharded, "SHARD_SIZE", 3)
    predictor = load_predictor(model)
    alone = [predictor.predict(EXAMPLES[start : start + 3], by_seed=True) for start in range(0, 10, 3)]
    found = predicted_by(model, by_seed=True)
    assert len(EXAMPLES) == 10
    assert found.predictions == [prediction for shard in alone for prediction in shard.predictions]
    assert found.by_seed == {1: [prediction for shard in alone for prediction in shard.by_seed[1]]}
    assert found.windows == sum(shard.windows for shard in alone)
    assert found.loss == pytest.approx(sum(shard.loss * shard.windows for shard in alone) / found.windows)


def test_several_requests_are_predicted_at_once(model):
    halves = {"first": EXAMPLES[:4], "rest": EXAMPLES[4:]}
    requests = {name: PredictionRequest(model, load_checkpoint(model), half) for name, half in halves.items()}
    with sharded_predictions(requests) as found:
        predictions = {name: found[name]().predictions for name in reversed(halves)}
    assert predictions == {name: load_predictor(model).predict(half).predictions for name, half in halves.items()}


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_dead_worker_is_an_error(model, monkeypatch):
    monkeypatch.setattr(sharded, "predict_shard", killed)
    with pytest.raises(HpoError, match=r"a worker died(.|\n)*eval_batch_size"):
        predicted_by(model)


def test_a_checkpoint_that_a_worker_cannot_load_is_an_error(model):
    checkpoint = load_checkpoint(model)
    (model / "seed-1/heads.safetensors").write_bytes(b"")
    with (
        pytest.raises(HpoError, match="is not a complete checkpoint"),
        sharded_predictions({"all": PredictionRequest(model, checkpoint, EXAMPLES)}) as found,
    ):
        found["all"]()


FAILURES = {
    "no memory": (torch.OutOfMemoryError("CUDA out of memory"), "memory ran out while a model predicted"),
    "a GPU": (torch.AcceleratorError("CUDA error: unspecified launch failure"), "the GPU cannot be used"),
}


@pytest.mark.parametrize(("error", "message"), FAILURES.values(), ids=FAILURES)
def test_a_machine_that_cannot_predict_is_an_error_with_a_remedy(monkeypatch, model, error, message):
    def failing(_):
        raise error

    monkeypatch.setattr(sharded, "_loaded", failing)
    with pytest.raises(HpoError, match=message) as caught:
        predict_shard(PredictionRequest(model, load_checkpoint(model), EXAMPLES))
    assert caught.value.remedy
