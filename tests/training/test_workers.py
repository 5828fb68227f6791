"""Workers compute with what their stage began with, and several at once if they are asked."""

import os
import time
from functools import partial

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training import gpus
from redsm5_hpo.training.device import choose_compute
from redsm5_hpo.training.machine import Machine, describe_machine
from redsm5_hpo.training.workers import machine_of_workers, prepare_worker, run_in_workers, training_workers


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


def test_a_worker_of_another_model_describes_its_machine_all_the_same(monkeypatch):
    """A driver of a cluster asks it, and says what differs."""
    here = describe_machine(())
    monkeypatch.setattr(gpus, "_expected", "NVIDIA H100")
    assert describe_machine(()) == here


@pytest.mark.usefixtures("any_model")
def test_a_gpu_that_fails_is_an_error_of_a_task_and_not_the_end_of_its_worker(monkeypatch):
    def failed():
        raise torch.AcceleratorError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(gpus, "gpus", failed)
    prepare_worker("NVIDIA H100", 0)
    with pytest.raises(torch.AcceleratorError):
        choose_compute("fp32")


def met(folder, count):
    """Whether so many processes wait for each other in a folder."""
    (folder / str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(list(folder.iterdir())) == count:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.usefixtures("server")
def test_what_runs_in_several_workers_runs_at_once(tmp_path):
    (tmp_path / "met").mkdir()
    assert run_in_workers(partial(met, tmp_path / "met", 3), 3) == [True] * 3
