"""The operations of a training step of BERT-base's depth, as a GPU would be asked to launch them.

Counted on a CPU with the attention of a GPU and without dropout, which a CPU draws in more operations. A ceiling is
what was counted: whoever needs more raises it and says why. The last 56 are once a step: the mask and the positions of
isolated sentences, and the unit length of their features.
"""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training import model as model_module
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.weight_copies import WeightCopies
from tests.dispatched import Dispatched
from tests.training.builders import configured, spec

CEILINGS = {"criteria": 716, "evidence": 769}


@pytest.fixture
def deep(tiny, tmp_path):
    """A tiny encoder of twelve layers."""
    config = AutoConfig.from_pretrained(tiny["bert"])
    config.num_hidden_layers = 12
    AutoModel.from_config(config).save_pretrained(tmp_path / "deep")
    AutoTokenizer.from_pretrained(tiny["bert"]).save_pretrained(tmp_path / "deep")
    return tmp_path / "deep"


@pytest.mark.parametrize(("architecture", "ceiling"), CEILINGS.items(), ids=CEILINGS)
def test_a_step_launches_no_more_than_was_counted(monkeypatch, deep, splits, architecture, ceiling):
    monkeypatch.setattr(model_module, "fastest_attention", lambda: "sdpa")
    monkeypatch.setattr(model_module, "use_cpu_dropout", lambda _: None)
    monkeypatch.setattr(nn.utils, "clip_grad_norm_", partial(nn.utils.clip_grad_norm_, foreach=True))  # a GPU's default
    compute = Compute(torch.device("cpu"), "bf16")
    configuration = configured(deep, batch_size=16, dropout=0.0)
    loop = fit_module._start(spec(splits, architecture, 1, precision="bf16"), configuration, 1, compute, 1)
    loop._copies = WeightCopies(loop.model, enabled=True)  # as on a GPU
    first, second, *_ = loop._batches.shuffled(16, 1, np.random.default_rng(0))
    loop.model.train()
    with loop._copies.in_model():
        loop._step(first)
        with Dispatched() as dispatched:
            loop._step(second[:1])
    assert len(dispatched.launches) <= ceiling
    assert dispatched.reads == []
