"""Joint's fusions."""

import pytest
import torch
from torch import nn

from redsm5_hpo.modeling.fusion import FUSIONS, make_fusion


def fusion(name="gated"):
    torch.manual_seed(0)
    module = make_fusion(name, 4, 3)
    nn.init.ones_(module.weight)
    return module, torch.randn(2, 5, 4), torch.randn(2, 3)


def test_a_closed_gate_returns_the_states():
    module, states, context = fusion()
    nn.init.constant_(module.gate.bias, -1e4)
    assert torch.equal(module(states, context), states)


def test_an_open_gate_adds_the_projected_context_to_every_token():
    module, states, context = fusion()
    nn.init.constant_(module.gate.bias, 1e4)
    assert torch.allclose(module(states, context), states + module.project(context)[:, None])


def test_gated_fusion_is_the_documented_formula():
    module, states, context = fusion()
    token, window = states[1, 3], context[1]
    gate = torch.sigmoid(module.gate.weight @ torch.cat([token, window]) + module.gate.bias)
    expected = token + gate * (module.project.weight @ window + module.project.bias)
    assert torch.allclose(module(states, context)[1, 3], expected, atol=1e-6)


def test_concat_fusion_adds_a_linear_map_of_both_states():
    module, states, context = fusion("concat")
    expected = states[1, 3] + module.project.weight @ torch.cat([states[1, 3], context[1]]) + module.project.bias
    assert torch.allclose(module(states, context)[1, 3], expected, atol=1e-6)


def test_film_fusion_scales_and_shifts_each_feature():
    module, states, context = fusion("film")
    scale, shift = (module.project.weight @ context[1] + module.project.bias).chunk(2)
    assert torch.allclose(module(states, context)[1, 3], (1 + scale) * states[1, 3] + shift, atol=1e-6)


@pytest.mark.parametrize("name", FUSIONS)
def test_every_fusion_keeps_the_shape_of_the_states_and_reads_the_context(name):
    module, states, context = fusion(name)
    found = module(states, context)
    assert found.shape == states.shape
    assert not torch.allclose(found, module(states, context + 1))


@pytest.mark.parametrize("name", FUSIONS)
def test_a_fusion_begins_with_the_states_and_learns_how_much_to_add(name):
    module, states, context = fusion(name)
    added = module(states, context) - states
    nn.init.zeros_(module.weight)
    assert torch.equal(module(states, context), states)
    assert make_fusion(name, 4, 3).weight == 0
    module(states, context).square().sum().backward()
    assert module.weight.grad != 0
    nn.init.constant_(module.weight, 0.5)
    torch.testing.assert_close(module(states, context), states + 0.5 * added)
