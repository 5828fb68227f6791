"""An empty working directory with a learnable corpus for every test; what stands for a GPU on a CPU."""

from contextlib import nullcontext
from functools import partial

import pytest
import torch
from torch import nn

from redsm5_hpo.modeling import mask_of_encoder
from redsm5_hpo.training import cuda_graphs
from redsm5_hpo.training import model as model_module
from redsm5_hpo.training.cuda_graphs import CudaGraphs
from redsm5_hpo.training.device import make_repeatable
from tests.training.builders import CPU, learnable_corpus
from tests.training.taped import Taped


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """The token cache is a relative path; nothing of a test stays in the repository."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def splits(tmp_path):
    """A folder with train, val and test."""
    for name, size, first in (("train", 16, 0), ("val", 8, 16), ("test", 8, 24)):
        learnable_corpus(size, first).save(tmp_path / "data/splits" / name)
    return tmp_path / "data/splits"


@pytest.fixture(autouse=True)
def deterministic():
    """As the workers compute."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(before)


@pytest.fixture
def repeatable(deterministic):  # noqa: ARG001 (which undoes it)
    """As the workers compute on a GPU."""
    make_repeatable()


@pytest.fixture
def graphs(monkeypatch):
    """Graphs of a fit on a CPU."""
    monkeypatch.setattr(cuda_graphs, "_Recorded", Taped)
    monkeypatch.setattr(cuda_graphs, "_stream", lambda _: None)
    monkeypatch.setattr(CudaGraphs, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", object)
    return CudaGraphs(CPU.device)


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """Masks, attention and dropout of a GPU, not those that read a value or draw numbers on the host."""
    monkeypatch.setattr(mask_of_encoder, "_on_gpu", lambda _: True)
    monkeypatch.setattr(model_module, "fastest_attention", lambda: "sdpa")
    monkeypatch.setattr(model_module, "use_cpu_dropout", lambda _: None)
    monkeypatch.setattr(nn.utils, "clip_grad_norm_", partial(nn.utils.clip_grad_norm_, foreach=True))
    model_module._encoder.cache_clear()
    yield
    model_module._encoder.cache_clear()  # other tests' encoders have the attention of a processor
