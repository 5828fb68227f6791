"""One seed of a refit."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.refit.seed_fit import RefitJob, fit_seed
from tests.training.builders import CONFIGURATION, spec

ENDS = {
    "a GPU without memory": (torch.OutOfMemoryError("CUDA out of memory"), HpoError),
    "a machine without memory": (MemoryError(), HpoError),
    "a bug": (RuntimeError("shapes differ"), RuntimeError),
}


@pytest.mark.parametrize(("error", "kind"), ENDS.values(), ids=ENDS)
def test_a_lack_of_memory_is_an_error_with_a_remedy_and_a_bug_is_none(splits, monkeypatch, error, kind):
    def failing(*_):
        raise error

    monkeypatch.setattr("redsm5_hpo.training.fit.fit_all_epochs", failing)
    job = RefitJob(SimpleNamespace(configuration=CONFIGURATION, stop_epoch=1), spec(splits, "share"), Path())
    with pytest.raises(kind) as caught:
        fit_seed(job, 1, Path("models"))
    assert bool(getattr(caught.value, "remedy", "")) is (kind is HpoError)
