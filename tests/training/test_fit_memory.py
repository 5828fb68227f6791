"""What a fit finds in memory at its start."""

from dataclasses import replace

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.data import cached_activations
from redsm5_hpo.training.data.cached_activations import with_cached_activations
from redsm5_hpo.training.data.dataset import load_train
from redsm5_hpo.training.model import fresh_model
from tests.training.builders import CPU, configured, spec

DEVICES = {
    "a GPU, a budget": ("cuda", 16.0, 0),
    "a GPU, no budget": ("cuda", None, 0),
    "a processor": ("cpu", 16.0, 1),
}


@pytest.mark.parametrize(("device", "budget", "cached"), DEVICES.values(), ids=DEVICES)
def test_on_a_gpu_a_fit_starts_without_what_earlier_fits_have_cached(tiny, splits, monkeypatch, device, budget, cached):
    settings, configuration = spec(splits, "share", gpu_memory_gb=budget), configured(tiny["bert"], frozen_layers=1)
    model = fresh_model("share", configuration, freeze_word_embeddings=False, seed=1)
    cached_activations.forget_cached_activations()
    with_cached_activations(load_train(settings, configuration, CPU), model, CPU)
    limits = []
    monkeypatch.setattr(fit_module, "limit_gpu_memory", lambda *arguments: limits.append(arguments))
    compute = replace(CPU, device=torch.device(device))
    fit_module._limit_memory(settings, compute)
    assert len(cached_activations._CACHE) == cached
    assert limits == [(compute.device, budget)]
