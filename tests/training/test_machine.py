"""A worker's description of its machine."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.execution.processor import processor_model
from redsm5_hpo.training.machine import Machine, describe_machine, fits_per_gpu
from redsm5_hpo.training.workers import machine_of_workers


@pytest.mark.usefixtures("server")
def test_a_worker_describes_the_machine_as_this_process_does(tiny):
    machine = machine_of_workers([str(tiny["bert"])])
    assert machine == describe_machine([str(tiny["bert"])])
    assert machine.device.startswith("Compute(")


def test_all_encoders_are_described(tiny):
    machine = describe_machine([str(tiny["bert"]), str(tiny["narrow"])])
    assert set(machine.encoders) == {str(tiny["bert"]), str(tiny["narrow"])}
    assert len(set(machine.encoders.values())) == 2


def test_an_identity_is_all_that_decides_bytes(tiny):
    machine = describe_machine([str(tiny["bert"])])
    assert {"device", "model", "torch", "transformers", f"encoder {tiny['bert']}"} < set(machine.identity)
    assert machine.identity == replace(machine, gpus=8).identity
    for changed in ({"device": "another"}, {"model": "another"}, {"libraries": {}}, {"encoders": {}}):
        assert machine.identity != replace(machine, **changed).identity


@pytest.mark.usefixtures("server")
def test_a_workers_error_reaches_the_driver_with_its_remedy():
    with pytest.raises(EncoderError, match="there is no encoder 'nonsense'") as caught:
        machine_of_workers(["nonsense"])
    assert caught.value.allowed
    assert caught.value.remedy


GIB = 2**30
FITS = {
    "no budget": (None, 80 * GIB, 1),
    "80 GiB": (4, 80 * GIB, 16),
    "a part of a fit is none": (6, 80 * GIB, 11),
    "a small GPU": (4, 8 * GIB, 1),
    "a smaller one than a fit's budget": (16, 8 * GIB, 1),
    "half a GiB": (0.5, 8 * GIB, 5),
}


@pytest.mark.parametrize(("budget", "memory", "expected"), FITS.values(), ids=FITS)
def test_a_gpu_has_as_many_fits_as_their_budgets_and_contexts_of_1_gib_fit_into_it(budget, memory, expected):
    assert fits_per_gpu(budget, memory) == expected


AT_ONCE = {"none": (0, 0, 4, 0), "two, no budget": (2, 80, None, 2), "two": (2, 80, 15, 10)}


@pytest.mark.parametrize(("gpus", "memory", "budget", "expected"), AT_ONCE.values(), ids=AT_ONCE)
def test_all_gpus_together_have_fits_at_once(gpus, memory, budget, expected):
    machine = Machine("device", gpus, {}, gpu_bytes=memory * GIB)
    assert machine.fits_at_once(budget) == expected
    assert len(machine.messages(budget)) == (gpus > 0)


HELD = {
    "several": (80, 4, "memory for 16 fits at once: 4 GiB of a GPU for each, 1 of 80 GiB"),
    "one": (24, 16, "memory for 1 fit at once: 16 GiB of a GPU for each, 1 of 24 GiB"),
}


@pytest.mark.parametrize(("memory", "budget", "message"), HELD.values(), ids=HELD)
def test_a_study_says_how_many_fits_a_gpu_holds(memory, budget, message):
    assert Machine("device", 1, {}, gpu_bytes=memory * GIB).messages(budget) == [message]


UNUSED = {
    "all are used": (0, []),
    "one is not": (1, ["1 GPU is not used: another model than A rounds differently; CUDA_VISIBLE_DEVICES chooses"]),
    "two are not": (2, ["2 GPUs are not used: another model than A rounds differently; CUDA_VISIBLE_DEVICES chooses"]),
}


@pytest.mark.parametrize(("unused", "expected"), UNUSED.values(), ids=UNUSED)
def test_a_study_says_which_gpus_it_does_not_use(unused, expected):
    assert Machine("device", 1, {}, "A", gpu_bytes=80 * GIB, unused_gpus=unused).messages(4)[1:] == expected


GPUS = {
    "two models": (True, ["A", "B", "A"], (2, "A", 1)),
    "a driver that is too old": (False, ["A"], (0, processor_model(), 0)),
}


@pytest.mark.parametrize(("usable", "models", "expected"), GPUS.values(), ids=GPUS)
def test_a_worker_describes_the_gpus_that_workers_use(monkeypatch, usable, models, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: usable)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(models))
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number=0: models[number])
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=80 * GIB))
    machine = describe_machine([])
    assert (machine.gpus, machine.model, machine.unused_gpus) == expected
