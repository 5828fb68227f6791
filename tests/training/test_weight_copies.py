"""Copies of weights in the precision of the products: the same bits as autocast's own casts, in fewer operations."""

import numpy as np
import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.weight_copies import WeightCopies
from tests.dispatched import Dispatched
from tests.training.builders import CPU, configured, spec, weights

BF16 = Compute(torch.device("cpu"), "bf16")


def started(splits, configuration, architecture="criteria", compute=BF16, micro_batches=1):
    return fit_module._start(spec(splits, architecture, 1, precision="bf16"), configuration, 1, compute, micro_batches)


def trained(loop, *, copies):
    """Loss and weights after an epoch, with copies or with autocast's casts."""
    loop._copies = WeightCopies(loop.model, enabled=copies)
    assert (len(loop._copies) > 0) == copies
    return loop.train_epoch(), weights(loop.model)


CASES = {
    "all layers": ("bert", {}),
    "cls pooling": ("bert", {"pooling": "cls"}),
    "adapters": ("roberta", {"adapter": "lora", "lora_target_modules": "all_linear"}),
    "weights used twice": ("deberta_v2", {"tie_encoders": True}),
    "accumulated gradients": ("electra", {"batch_size": 4, "gradient_accumulation_steps": 2}),
}


@pytest.mark.parametrize(("family", "values"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("architecture", ["share", "joint"])  # both heads, and two encoders
def test_copies_change_no_bit_of_a_fit(tiny, splits, architecture, family, values):
    configuration = configured(tiny[family], **values)
    found, expected = (
        trained(started(splits, configuration, architecture, micro_batches=2), copies=copies)
        for copies in (True, False)
    )
    assert found == expected


@pytest.mark.parametrize("compute", [CPU, BF16], ids=["fp32", "bf16"])
def test_a_cpu_needs_no_copies(tiny, splits, compute):
    assert len(started(splits, configured(tiny["bert"]), compute=compute)._copies) == 0


def test_the_model_has_its_own_weights_after_an_epoch_and_after_an_error(tiny, splits):
    model = started(splits, configured(tiny["bert"])).model
    before, copies = dict(model.named_parameters()), WeightCopies(model, enabled=True)
    with pytest.raises(MemoryError), copies.in_model():
        assert {each.dtype for each in model.parameters()} == {torch.bfloat16, torch.float32}
        raise MemoryError
    after = dict(model.named_parameters())
    assert before.keys() == after.keys()
    assert all(before[name] is after[name] for name in before)


def test_a_step_casts_no_weight(tiny, splits):
    """What is cast are states; with autocast's casts, each weight and each of its gradients would be, too."""
    counts, maps = [], 0
    for copies in (True, False):
        loop = started(splits, configured(tiny["bert"], dropout=0.0))
        loop._copies = WeightCopies(loop.model, enabled=copies)
        maps = maps or len(loop._copies)
        (step, *_) = loop._batches.shuffled(8, 1, np.random.default_rng(0))
        loop.model.train()
        with loop._copies.in_model(), Dispatched() as dispatched:
            loop._step(step)
        counts.append(dispatched.launches.count("_to_copy"))
    assert counts[1] - counts[0] == 2 * maps
