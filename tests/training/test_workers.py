"""Workers compute with what their stage began with."""

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training import gpus
from redsm5_hpo.training.device import choose_compute
from redsm5_hpo.training.machine import Machine
from redsm5_hpo.training.workers import machine_of_workers, prepare_worker, training_workers


@pytest.fixture
def any_model(monkeypatch):
    monkeypatch.setattr(gpus, "_expected", "")


@pytest.mark.usefixtures("server")
def test_a_worker_whose_gpu_is_gone_does_not_compute_with_the_processor():
    with training_workers(1, Machine("device", 1, {}, "NVIDIA H100")) as pool:
        found = pool.submit(choose_compute, "fp32")
        with pytest.raises(HpoError, match="would not compute with what this stage began with") as caught:
            found.result()
    assert caught.value.allowed == "NVIDIA H100"
    assert "nvidia-smi" in caught.value.remedy


@pytest.mark.usefixtures("server")
def test_a_worker_computes_with_the_model_that_its_machine_describes():
    with training_workers(1, machine_of_workers(())) as pool:
        assert pool.submit(choose_compute, "fp32").result() == choose_compute("fp32")


@pytest.mark.usefixtures("any_model")
def test_a_gpu_that_fails_is_an_error_of_a_task_and_not_the_end_of_its_worker(monkeypatch):
    def failed():
        raise torch.AcceleratorError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(gpus, "gpus", failed)
    prepare_worker("NVIDIA H100", 0)
    with pytest.raises(torch.AcceleratorError):
        choose_compute("fp32")
