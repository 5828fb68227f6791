"""The attention's own backward pass equals autograd's of the same formula."""

import pytest
import torch

from redsm5_hpo.modeling.cpu import blocked_attention
from redsm5_hpo.modeling.cpu.blocked_attention import BlockedAttention, Settings
from redsm5_hpo.modeling.cpu.dropout import drawn_signs, survivors_scale

SHAPE = (5, 4, 7, 8)
SCALING = 0.3
MASK = torch.zeros(5, 1, 1, 7)
MASK[2, ..., 4:] = torch.finfo(torch.float32).min


def inputs(dtype=torch.float32):
    states = torch.randn(3, *SHAPE, generator=torch.Generator().manual_seed(0)).to(dtype)
    return [side.clone().requires_grad_() for side in states]


def blocked(query, key, value, p):
    torch.manual_seed(1)
    return BlockedAttention.apply(query, key, value, MASK, Settings(SCALING, p))


def formula(query, key, value, p):
    torch.manual_seed(1)
    weights = (query @ key.transpose(2, 3) * SCALING + MASK).softmax(-1)
    kept = drawn_signs(weights.shape, p) == 0 if p else torch.ones(())
    return weights * kept * survivors_scale(p) @ value


def gradients(attention, dtype, p):
    sides = inputs(dtype)
    attention(*sides, p).float().square().sum().backward()
    return [side.grad.float() for side in sides]


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)], ids=["fp32", "bf16"])
def test_result_and_gradients_equal_those_of_the_formula(dtype, tolerance, p):
    rounded = [side.float() for side in inputs(dtype)]
    found, expected = blocked(*inputs(dtype), p).float(), formula(*rounded, p)
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)
    pairs = zip(gradients(blocked, dtype, p), gradients(formula, torch.float32, p), strict=True)
    for ours, theirs in pairs:
        assert float((ours - theirs).norm() / theirs.norm()) < tolerance


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_the_rows_per_block_do_not_change_the_result(monkeypatch, rows):
    one_block = [blocked(*inputs(), 0.5), *gradients(blocked, torch.float32, 0.5)]
    monkeypatch.setattr(blocked_attention, "_SCORES_PER_BLOCK", rows * 4 * 7 * 7)
    blocks = [blocked(*inputs(), 0.5), *gradients(blocked, torch.float32, 0.5)]
    assert all(torch.equal(a, b) for a, b in zip(blocks, one_block, strict=True))


def test_without_gradients_no_weights_are_saved(monkeypatch):
    saved = []
    monkeypatch.setattr(torch.autograd.function.FunctionCtx, "save_for_backward", lambda _, *sides: saved.extend(sides))
    blocked(*(side.detach() for side in inputs()), 0.5)
    assert not saved
    blocked(*inputs(), 0.5)
    assert saved
