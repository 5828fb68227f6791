"""Encoders of all families in one maximal study, and one encoder from two forms of its weights, with real fits."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from redsm5_hpo.core.files import json_line
from redsm5_hpo.core.layout import TRAIN, VAL
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.modeling.encoders.unpickling_process import converted as unpickled
from redsm5_hpo.params import Choices, Params, Range
from redsm5_hpo.params.maximal import MaximalParams, load_maximal
from redsm5_hpo.search.objective import TrialObjective
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.run_search import _study
from redsm5_hpo.search.searches.maximal import maximal_search
from redsm5_hpo.search.specification import SearchSpecification
from redsm5_hpo.training.fit_spec import FitSpec
from tests.tiny_encoders import FAMILIES
from tests.training.builders import learnable_corpus

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workplace with a small corpus."""
    monkeypatch.chdir(tmp_path)
    learnable_corpus(8).save(TRAIN)
    learnable_corpus(8, first=16).save(VAL)


def maximal_of(encoders: list[str], trials: int) -> MaximalParams:
    """The project's maximal search for encoders of two layers and short windows."""
    maximal = load_maximal(ROOT / "maximal/params.yaml")
    small = {
        "encoder": Choices(choices=tuple(encoders)),
        "max_length": Choices(choices=(48, 64)),
        "stride": Choices(choices=(8, 16)),
        "frozen_layers": Range(low=0, high=2, integer=True),
        "reinitialized_layers": Range(
            low=0, high=2, integer=True, when=maximal.hpo.max.space["reinitialized_layers"].when
        ),
        "head_hidden_size": Range(low=8, high=16, integer=True, when=maximal.hpo.max.space["head_hidden_size"].when),
    }
    changed = {"space": {**maximal.hpo.max.space, **small}, "warm_start": False, "trials": trials, "epochs": 1}
    return maximal.model_copy(
        update={"hpo": maximal.hpo.model_copy(update={"max": maximal.hpo.max.model_copy(update=changed)})}
    )


def specification(params: Params, encoders: list[str], trials: int, architecture: str) -> SearchSpecification:
    here = params.encoder.model_copy(update={"name": encoders[0], "max_length": 48, "stride": 8})
    return maximal_search(params.model_copy(update={"encoder": here}), maximal_of(encoders, trials), architecture)


def trials(search: SearchSpecification) -> list[TrialRecord]:
    """All trials of a search, one after another in this process."""
    study, records = _study(search), []
    spec = FitSpec(search.architecture, search.training, search.epochs, Portion((TRAIN,)), Portion((VAL,)))
    objective = TrialObjective(spec, search.pruner)
    for number in range(search.trials):
        records.append(objective(study.ask(number, records, [])))
    return records


@pytest.mark.slow
def test_thirty_trials_over_all_families_have_no_infeasible_one(params: Params, tiny: dict[str, Path]) -> None:
    encoders = [str(tiny[family]) for family in FAMILIES]
    records = trials(specification(params, encoders, 30, "joint"))
    assert {(record.state, record.reason) for record in records if record.state not in ("complete", "pruned")} == set()
    assert {record.params["encoder"] for record in records} == set(encoders)
    assert {record.params["adapter"] for record in records} == {"none", "lora"}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_an_encoder_from_a_pickle_has_the_same_trials(
    params: Params, tiny: dict[str, Path], tmp_path: Path, family: str
) -> None:
    converted = Path(shutil.copytree(tiny[family], tmp_path / "converted"))
    weights = load_file(converted / "model.safetensors")
    torch.save(weights, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    (converted / "model.safetensors").unlink()
    assert "tensors" in unpickled([str(tmp_path / "pytorch_model.bin")], str(converted / "model.safetensors"))
    lines = []
    for directory in (tiny[family], converted):
        search = specification(params, [str(directory)], 3, "share")
        lines.append([json_line(record.to_json()) for record in trials(search)])
    assert [line.replace(str(converted), str(tiny[family])) for line in lines[1]] == lines[0]
