"""The CPU dropout has the documented rate, scale and independence."""

import math

import pytest
import torch
from torch import nn

from redsm5_hpo.modeling.cpu.dropout import CpuDropout, cpu_dropout, replace_dropout

COUNT = 200_000
RATES = (0.01, 0.1, 0.25, 0.3, 0.5, 0.9)


def masks(p, shape=(COUNT,), seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    return cpu_dropout(torch.ones(shape, dtype=dtype), p, training=True)


def zero_rate(p):
    """The documented rate, of a scale rounded to bfloat16; exact to 1/32768."""
    scale = float(torch.tensor(1 / (1 - p), dtype=torch.bfloat16))
    return 1 - 1 / scale


@pytest.mark.parametrize("p", RATES)
def test_the_rate_of_zeros_is_within_four_standard_errors(p):
    rate = float((masks(p) == 0).double().mean())
    assert abs(rate - zero_rate(p)) < 4 * math.sqrt(p * (1 - p) / COUNT) + 1 / 32768


@pytest.mark.parametrize("p", RATES)
def test_the_documented_rate_is_close_to_the_requested_rate(p):
    assert 1 - zero_rate(p) == pytest.approx(1 - p, rel=0.004)


@pytest.mark.parametrize("p", RATES)
def test_the_mean_is_kept_within_four_standard_errors(p):
    standard_error = math.sqrt(p / (1 - p) / COUNT)
    assert abs(float(masks(p).double().mean()) - 1) < 4 * standard_error + 1 / 32768 / (1 - p)


@pytest.mark.parametrize("p", RATES)
def test_kept_elements_have_one_scale(p):
    found = masks(p).unique().tolist()
    assert found == [0.0, float(torch.tensor(1 / (1 - p), dtype=torch.bfloat16))]


def test_values_are_scaled_or_zero():
    torch.manual_seed(0)
    states = torch.randn(1000)
    dropped = cpu_dropout(states, 0.5, training=True)
    assert torch.equal(dropped, torch.where(dropped == 0, 0.0, 2 * states))


def test_the_same_torch_seed_draws_the_same_mask():
    assert torch.equal(masks(0.3), masks(0.3))


def test_another_torch_seed_and_a_second_call_draw_other_masks():
    first, second = masks(0.3), cpu_dropout(torch.ones(COUNT), 0.3, training=True)
    assert not torch.equal(first, second)
    assert not torch.equal(first, masks(0.3, seed=1))


IDENTITIES = {"evaluation": (0.5, False), "probability 0": (0.0, True)}


@pytest.mark.parametrize(("p", "training"), IDENTITIES.values(), ids=IDENTITIES)
def test_nothing_is_dropped_in(p, training):
    states = torch.randn(50)
    assert torch.equal(cpu_dropout(states, p, training=training), states)


def test_the_gradient_is_the_mask():
    torch.manual_seed(0)
    states = torch.randn(1000, requires_grad=True)
    dropped = cpu_dropout(states, 0.5, training=True)
    dropped.sum().backward()
    assert torch.equal(states.grad == 0, dropped == 0)
    assert states.grad.unique().tolist() == [0.0, 2.0]


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 5, 8, 64])
def test_neighboring_elements_are_not_correlated(lag):
    kept = (masks(0.5) != 0).double() - 0.5
    correlation = float((kept[:-lag] * kept[lag:]).mean()) / 0.25
    assert abs(correlation) < 4 / math.sqrt(COUNT)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_patterns_of_four_elements_are_as_frequent_as_of_independent_ones(p):
    kept = (masks(p) != 0).reshape(-1, 4).long()
    counts = torch.bincount(kept @ torch.tensor([8, 4, 2, 1]), minlength=16).double()
    ones = torch.tensor([bin(pattern).count("1") for pattern in range(16)])
    rate = zero_rate(p)
    expected = len(kept) * (1 - rate) ** ones * rate ** (4 - ones)
    assert float(((counts - expected) ** 2 / expected).sum()) < 44.3  # 15 degrees of freedom, p = 0.0001


SHAPES = {
    "a number": (),
    "one element": (1,),
    "fewer elements than a draw decides": (3,),
    "a matrix": (5, 7),
    "no element": (2, 0, 3),
    "four dimensions": (2, 3, 5, 7),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_shape_is_kept(shape):
    assert masks(0.5, shape).shape == shape


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def test_the_dtype_is_kept(dtype):
    assert masks(0.3, dtype=dtype).dtype is dtype


def model():
    return nn.Sequential(nn.Dropout(0.2), nn.Linear(3, 3), nn.ModuleDict({"inner": nn.Sequential(nn.Dropout(0.4))}))


def test_every_dropout_below_a_model_is_replaced_with_its_probability():
    replaced = model()
    replace_dropout(replaced)
    found = [module for module in replaced.modules() if isinstance(module, nn.Dropout)]
    assert [(type(module), module.p) for module in found] == [(CpuDropout, 0.2), (CpuDropout, 0.4)]


def test_it_drops_in_training_mode_only():
    dropout = CpuDropout(0.5)
    assert (dropout(torch.ones(100)) == 0).any()
    assert torch.equal(dropout.eval()(torch.ones(100)), torch.ones(100))
