"""A model computes the same with the CPU kernels on and off; no other module imports a kernel."""

import pytest
import torch
from torch import nn

from redsm5_hpo.modeling import cpu
from redsm5_hpo.modeling.encoders import set_dropout
from tests.modeling.builders import batch, build
from tests.pipeline.definition import ROOT, tracked
from tests.tiny_encoders import FAMILIES

PLAIN_ATTENTION = [family for family in FAMILIES if family != "deberta_v2"]


@pytest.fixture(params=[True, False], ids=["on", "off"])
def enabled(request, monkeypatch):
    monkeypatch.setattr(cpu, "ENABLED", request.param)
    return request.param


def model(directory):
    """Joint runs the whole evidence encoder, and the criteria encoder for the first token."""
    built = build("joint", directory, attention=cpu.cpu_attention(), pooling="cls").train()
    for encoder in built.encoders:
        set_dropout(encoder, hidden=0.0, attention=0.0)
    cpu.use_cpu_dropout(built)
    return built


def outputs_and_gradients(directory):
    built = model(directory)
    found = built(batch(9, 6), batch(7, 5, seed=50))
    outputs = {"status": found.status, "none": found.spans.none, "runs": found.spans.runs}
    sum(output.exp().square().sum() for output in outputs.values()).backward()
    # Softmax does not depend on a bias of the keys, whose gradient is noise.
    learned = {name: weight.grad for name, weight in built.named_parameters() if not name.endswith("self.key.bias")}
    return outputs, {name: gradient for name, gradient in learned.items() if gradient is not None}


@pytest.mark.parametrize("family", PLAIN_ATTENTION)
def test_without_dropout_outputs_and_gradients_are_equal_with_the_kernels_on_and_off(tiny, family, monkeypatch):
    on = outputs_and_gradients(tiny[family])
    monkeypatch.setattr(cpu, "ENABLED", False)
    for found, expected in zip(on, outputs_and_gradients(tiny[family]), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_the_switch_decides_attention_dropout_and_top_layer(tiny, enabled):
    built, positions = model(tiny["bert"]), []
    top = built.encoders[-1].encoder.layer[-1]
    top.intermediate.register_forward_hook(lambda _, inputs, __: positions.append(inputs[0].shape[1]))
    built(batch(9, 6), batch(7, 5))
    dropouts = {type(module) for module in built.modules() if isinstance(module, nn.Dropout)}
    attentions = {encoder.config._attn_implementation for encoder in built.encoders}
    expected = ({cpu.CpuDropout}, {cpu.CPU_ATTENTION}, [1]) if enabled else ({nn.Dropout}, {"sdpa"}, [7])
    assert (dropouts, attentions, positions) == expected


def test_only_the_door_imports_the_kernels():
    others = [path for path in tracked("src", "bench", "stages") if "modeling/cpu" not in path.as_posix()]
    assert [str(path.relative_to(ROOT)) for path in others if b"modeling.cpu." in path.read_bytes()] == []
