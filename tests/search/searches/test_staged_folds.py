"""A search whose objective is a mean over folds, with real fits of a tiny encoder in real workers."""

from pathlib import Path

import pytest

from redsm5_hpo.core.files import read_json, read_jsonl
from redsm5_hpo.params import Budget, Params
from redsm5_hpo.search.run_search import run_search
from redsm5_hpo.search.searches.staged import staged_search
from tests.training.builders import defaults, encoder, learnable_corpus, training

TRIALS = Path("data/hpo/criteria/hpo_s1/trials.jsonl")


@pytest.fixture
def folded(params: Params, tiny: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Settings for a folder with splits, whose searches have three folds."""
    monkeypatch.chdir(tmp_path)
    learnable_corpus(16).save(Path("data/splits/train"))
    learnable_corpus(16, 16).save(Path("data/splits/val"))
    budget = Budget(trials=3, epochs=1)
    return params.model_copy(
        update={
            "encoder": encoder(tiny["bert"]),
            "training": training(defaults=defaults()),
            "split": params.split.model_copy(update={"near_duplicate_threshold": 1.0, "quoted_words": None}),
            "hpo": params.hpo.model_copy(update={"folds": 3, "s0": budget, "s1": budget}),
        }
    )


@pytest.mark.usefixtures("server")
def test_any_worker_count_gives_the_same_trials(folded: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for workers in ("1", "2"):
        monkeypatch.setenv("HPO_WORKERS", workers)
        run_search(staged_search(folded, "criteria", "s0"))
        run_search(staged_search(folded, "criteria", "s1"))
        found.append(TRIALS.read_bytes())
    assert found[0] == found[1]
    trials = read_jsonl(TRIALS)
    assert {len(trial["folds"]) for trial in trials} == {3}
    for trial in trials:
        assert trial["value"] == pytest.approx(sum(fold["f1_macro"] for fold in trial["folds"]) / 3)
    assert read_json(Path("data/metrics/criteria/hpo_s1/study.json"))["epochs"] == {"planned": 9, "trained": 9}
