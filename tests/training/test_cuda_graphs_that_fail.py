"""Work that runs out of memory while it is recorded is recorded again; what cannot be recorded runs as it is."""

import weakref

import pytest
import torch
from torch import nn, optim

from redsm5_hpo.execution import said_once
from redsm5_hpo.training import cuda_graphs
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.weight_copies import WeightCopies
from tests.training.taped import Taped, counting, started, trained, two_batches

BF16 = Compute(torch.device("cpu"), "bf16")


class Failing(Taped):
    """Recorded work for which there is no memory."""

    def __init__(self, *_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.\nIf reserved")


def test_work_that_cannot_be_recorded_runs_as_it_is_and_says_so_once(tiny, splits, graphs, monkeypatch, capsys):
    (batch, _), calls = two_batches(tiny, splits), []
    work = counting(calls)
    graphs.run("step", work, [batch])
    monkeypatch.setattr(cuda_graphs, "_Recorded", Failing)
    monkeypatch.setattr(said_once, "_said", False)
    found = [graphs.run(kind, work, [batch])[0] for kind in ("step", "step", "prediction", "prediction")]
    longer = "a fit cannot use CUDA graphs, and takes longer for the same result"
    assert capsys.readouterr().err == f"{longer}: CUDA out of memory; others may do so, too\n"
    assert len(calls) == 5
    assert found == [batch.tokens.input_ids.sum()] * 4


def test_graphs_that_were_recorded_give_their_memory_back_to_work_that_cannot_be(tiny, splits, graphs, monkeypatch):
    (first, second), work = two_batches(tiny, splits), counting([])
    for _ in range(2):
        graphs.run("step", work, [first])
    monkeypatch.setattr(cuda_graphs, "_Recorded", Failing)
    graphs.run("step", work, [second])
    assert not len(graphs)


class Pools:
    """Records work once the first of its recordings have failed with an error; the pools that all were to be in."""

    def __init__(self, error, failures):
        self.seen, self._error, self._failures = [], error, failures

    def __call__(self, work, batches, pool):
        self.seen.append(pool)
        if len(self.seen) <= self._failures:
            raise self._error
        return Taped(work, batches, pool)


MEMORY, READ = torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("CUDA error: operation not permitted")
TRIES = {
    "memory runs out once": (MEMORY, 1, 2, 1),
    "memory runs out twice": (MEMORY, 2, 2, 0),
    "a value is read": (READ, 1, 1, 0),
}


@pytest.mark.parametrize(("error", "failures", "tries", "recorded"), TRIES.values(), ids=TRIES)
def test_work_is_recorded_again_in_another_pool_where_memory_runs_out(
    tiny, splits, graphs, monkeypatch, error, failures, tries, recorded
):
    (batch, _), work, pools = two_batches(tiny, splits), counting([]), Pools(error, failures)
    monkeypatch.setattr(cuda_graphs, "_Recorded", pools)
    for _ in range(3):
        assert graphs.run("step", work, [batch])[0] == batch.tokens.input_ids.sum()
    assert (len(pools.seen), len({*pools.seen}), len(graphs)) == (tries, tries, recorded)


def test_no_graph_from_before_a_failed_recording_is_replayed(tiny, splits, graphs, monkeypatch):
    """It would draw its dropout from the state that the generator had before."""
    (first, second), work = two_batches(tiny, splits), counting([])
    for _ in range(2):
        graphs.run("step", work, [first])
    monkeypatch.setattr(cuda_graphs, "_Recorded", Pools(MEMORY, 1))
    recorded = []
    for batch in (second, first, first):
        assert graphs.run("step", work, [batch])[0] == batch.tokens.input_ids.sum()
        recorded.append(len(graphs))
    assert recorded == [1, 2, 2]


def test_nothing_of_a_failed_recording_is_in_memory_when_the_work_runs_again(tiny, splits, graphs):
    (batch, _), made, alive = two_batches(tiny, splits), [], []

    def work(batches):
        alive.append(sum(each() is not None for each in made))
        activations = batches[0].tokens.input_ids * 2.0
        made.append(weakref.ref(activations))
        if 1 < len(made) < 4:  # both tries
            raise torch.OutOfMemoryError("CUDA out of memory")
        return [activations.sum()]

    for _ in range(2):
        graphs.run("step", work, [batch])
    assert alive == [0, 0, 0, 0]


def recorded_without_memory_for(owner, name, failures):
    """Recorded work whose first recordings run out of memory where a function of its owner is called."""
    left = [None] * failures

    def out_of_memory(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    class Midway(Taped):
        def __init__(self, *arguments):
            with pytest.MonkeyPatch.context() as patch:
                if left:
                    left.pop()
                    patch.setattr(owner, name, out_of_memory)
                super().__init__(*arguments)

    return Midway


MIDWAY = {
    "the gradients of a micro-batch": (WeightCopies, "collect_gradients"),
    "the clipping": (nn.utils, "clip_grad_norm_"),
    "the optimizer's step": (optim.AdamW, "step"),
    "the copies of weights": (WeightCopies, "refresh"),
}


@pytest.mark.usefixtures("as_on_a_gpu")
@pytest.mark.parametrize("failures", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize(("owner", "name"), MIDWAY.values(), ids=MIDWAY)
def test_a_recording_that_fails_midway_leaves_no_gradient_behind(
    tiny, splits, graphs, monkeypatch, owner, name, failures
):
    def fit(graphs=None):
        loop = started(tiny, splits, "share", BF16, gradient_accumulation_steps=2)
        loop._copies = WeightCopies(loop.model, enabled=True)
        return trained(loop, graphs)

    expected = fit()
    monkeypatch.setattr(cuda_graphs, "_Recorded", recorded_without_memory_for(owner, name, failures))
    assert fit(graphs) == expected
    assert (len(graphs) > 0) == (failures == 1)
