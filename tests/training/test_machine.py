"""A worker's description of its machine."""

from dataclasses import replace

import pytest

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.training.machine import describe_machine, machine_of_workers


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
