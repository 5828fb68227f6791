"""Work that cannot be recorded runs as it is."""

import pytest
import torch

from redsm5_hpo.training import cuda_graphs
from tests.training.taped import Taped, counting, two_batches


class Failing(Taped):
    """Recorded work for which there is no memory."""

    def __init__(self, *_):
        raise torch.OutOfMemoryError("there is no memory\nfor a graph")


def test_work_that_cannot_be_recorded_runs_as_it_is_and_says_so_once(tiny, splits, graphs, monkeypatch):
    (batch, _), calls = two_batches(tiny, splits), []
    work = counting(calls)
    graphs.run("step", work, [batch])
    monkeypatch.setattr(cuda_graphs, "_Recorded", Failing)
    with pytest.warns(UserWarning, match="a fit cannot use CUDA graphs, and takes longer: there is no memory$") as said:
        found = [graphs.run(kind, work, [batch])[0] for kind in ("step", "step", "prediction", "prediction")]
    assert len(said) == 1
    assert len(calls) == 5
    assert found == [batch.tokens.input_ids.sum()] * 4


def test_graphs_that_were_recorded_give_their_memory_back_to_work_that_cannot_be(tiny, splits, graphs, monkeypatch):
    (first, second), work = two_batches(tiny, splits), counting([])
    for _ in range(2):
        graphs.run("step", work, [first])
    monkeypatch.setattr(cuda_graphs, "_Recorded", Failing)
    with pytest.warns(UserWarning, match="CUDA graphs"):
        graphs.run("step", work, [second])
    assert not len(graphs)
