"""The selection, with real fits of a tiny encoder."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.core.errors import CorpusError, StudyError
from redsm5_hpo.core.files import read_json, read_jsonl, read_yaml, write_jsonl, write_yaml
from redsm5_hpo.core.layout import JOURNALS, TRAIN, VAL
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.splits.folds import folds
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.params import Params
from redsm5_hpo.params.configuration import DefaultValues
from redsm5_hpo.search import run_study
from redsm5_hpo.search.results.best_trial import BestTrial
from redsm5_hpo.selection import reruns
from redsm5_hpo.selection.calibration import fit_calibration
from redsm5_hpo.selection.reruns import RerunObjective, predictions_of_run, read_predictions
from redsm5_hpo.selection.select import select
from redsm5_hpo.selection.selected import SelectedConfiguration
from redsm5_hpo.training.device import make_repeatable
from redsm5_hpo.training.machine import describe_machine
from redsm5_hpo.training.scoring import Prediction, score
from tests.search.conftest import made
from tests.training.builders import CONFIGURATION, configured, encoder, learnable_corpus, training

FOLDER, METRICS = Path("data/hpo/criteria/select"), Path("data/metrics/criteria/select")
LEARNS, LEARNS_NOTHING = {"learning_rate": 3e-3}, {"learning_rate": 1e-9}


class Inline:
    """An executor that runs everything at once, in this process."""

    def __init__(self, _workers: int, *_: object) -> None:
        self.submitted = 0

    def submit(self, function: Any, *arguments: Any) -> Any:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:  # noqa: BLE001 (as an executor does)
            future.set_exception(error)
        return future

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """Does nothing."""


def settings(params: Params, bert: Path) -> Params:
    """Settings for the working directory, which gets splits and a finished search.

    The search's best trial learns and its default configuration does not.
    """
    learnable_corpus(16).save(TRAIN)
    learnable_corpus(16, 16).save(VAL)
    record = made(2, 0.99, params=LEARNS, best_epoch=3)
    write_jsonl(Path("data/hpo/criteria/hpo_s2/trials.jsonl"), [record.to_json()])
    best = BestTrial(
        configuration=configured(bert),
        best_epoch=3,
        epochs=3,
        value=0.99,
        trial=2,
        stage="hpo_s2",
        seed=record.seed,
        on_bound=[],
    )
    write_yaml(Path("data/hpo/criteria/hpo_s2/best.yaml"), best.model_dump(mode="json"))
    make_repeatable()
    return params.model_copy(
        update={
            "encoder": encoder(bert),
            "training": training(defaults=default_values(LEARNS_NOTHING)),
            "split": params.split.model_copy(update={"near_duplicate_threshold": 1.0, "quoted_words": None}),
            "select": params.select.model_copy(update={"top_k": 1, "folds": 4, "runs": 2}),
        }
    )


def default_values(values: dict[str, Any]) -> DefaultValues:
    """`training.defaults` of fast fits."""
    return DefaultValues(**CONFIGURATION.with_values(values).model_dump(include=set(DefaultValues.model_fields)))


@pytest.fixture(scope="module", autouse=True)
def inline() -> Iterator[None]:
    """This process is the only worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_study, "training_workers", Inline)
        patch.setattr("redsm5_hpo.selection.select.machine_of_workers", describe_machine)
        yield


@dataclass(frozen=True)
class Selected:
    """A folder in which the selection has run, its settings, and what the calibrations were fitted to."""

    folder: Path
    params: Params
    fitted_to: list[tuple[list[Example], list[Prediction]]]


@pytest.fixture(scope="module")
def selected_once(params: Params, tiny: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Selected:
    fitted_to: list[tuple[list[Example], list[Prediction]]] = []

    def spied(architecture: Architecture, scored: list[Example], predictions: list[Prediction]) -> Calibration:
        fitted_to.append((scored, predictions))
        return fit_calibration(architecture, scored, predictions)

    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("selected")
        patch.chdir(folder)
        patch.setattr("redsm5_hpo.selection.select.fit_calibration", spied)
        here = settings(params, tiny["bert"])
        select(here, "criteria", "")
    return Selected(folder, here, fitted_to)


@pytest.fixture
def selected(selected_once: Selected, monkeypatch: pytest.MonkeyPatch) -> Selected:
    """The same as the working directory, to be read only."""
    monkeypatch.chdir(selected_once.folder)
    return selected_once


@pytest.fixture
def searched(params: Params, tiny: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """The settings of a working directory in which no selection has run."""
    monkeypatch.chdir(tmp_path)
    return settings(params, tiny["bert"])


def outs(root: Path) -> dict[str, bytes]:
    """The files that the stage wrote below a folder, without times."""
    folders = (root / FOLDER, root / "data/metrics/criteria")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.mark.usefixtures("selected")
def test_a_trial_that_learns_is_selected_over_a_default_that_does_not() -> None:
    selected = SelectedConfiguration.load(FOLDER / "selected.yaml")
    assert (selected.stage, selected.trial, selected.stop_epoch) == ("hpo_s2", 2, 3)
    assert selected.configuration.learning_rate == 3e-3
    metrics = read_json(METRICS / "selection.json")
    assert metrics["selected"] == "hpo_s2-2"
    assert metrics["beats_default"] is True
    assert metrics["gain"] > 0


def test_the_default_is_kept_where_tuning_does_not_beat_it(searched: Params) -> None:
    both_learn = searched.training.model_copy(update={"defaults": default_values(LEARNS)})
    select(searched.model_copy(update={"training": both_learn}), "criteria", "")
    selected = SelectedConfiguration.load(FOLDER / "selected.yaml")
    assert (selected.stage, selected.trial) == ("default", None)
    assert selected == SelectedConfiguration.load(FOLDER / "default.yaml")
    assert read_json(METRICS / "selection.json")["beats_default"] is False


def test_the_calibration_is_fitted_to_the_predictions_for_held_out_folds(selected: Selected) -> None:
    held_out = [
        examples(fold.held_out.load(), "criteria")
        for fold in folds((TRAIN, VAL), 4, selected.params.select.seed, selected.params.split)[:2]  # two runs
    ]
    runs = read_jsonl(FOLDER / "runs.jsonl")
    for (scored, predictions), of_candidate in zip(selected.fitted_to, (runs[:2], runs[2:]), strict=True):
        assert scored == [each for fold in held_out for each in fold]
        first = len(held_out[0])
        by_fold = (predictions[:first], predictions[first:])
        for fold, of_fold, run in zip(held_out, by_fold, of_candidate, strict=True):
            assert score("criteria", fold, of_fold).f1_macro == pytest.approx(run["value"])
    calibration = fit_calibration("criteria", *selected.fitted_to[1])
    assert SelectedConfiguration.load(FOLDER / "selected.yaml").calibration == calibration


@pytest.mark.usefixtures("selected")
def test_candidates_run_on_the_same_folds_with_the_same_seeds() -> None:
    runs = read_jsonl(FOLDER / "runs.jsonl")
    assert [(run["candidate"], run["fold"]) for run in runs] == [
        ("default", 0),
        ("default", 1),
        ("hpo_s2-2", 0),
        ("hpo_s2-2", 1),
    ]
    assert runs[0]["seed"] == runs[2]["seed"] != runs[1]["seed"] == runs[3]["seed"]


@pytest.mark.usefixtures("selected")
def test_the_optimism_is_the_searchs_value_minus_the_mean_of_the_runs() -> None:
    metrics = read_json(METRICS / "selection.json")
    mean = sum(run["value"] for run in read_jsonl(FOLDER / "runs.jsonl")[2:]) / 2
    assert metrics["optimism"] == pytest.approx(0.99 - mean)
    assert read_yaml(FOLDER / "selected.yaml")["comparison"]["optimism"] == metrics["optimism"]


def test_the_same_selection_is_the_same_bytes_after_a_crash(
    searched: Params, selected_once: Selected, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = RerunObjective.__call__

    def crashing(self: RerunObjective, request: Any) -> Any:
        if request.number == 2:
            raise ZeroDivisionError
        return original(self, request)

    monkeypatch.setattr(RerunObjective, "__call__", crashing)
    with pytest.raises(ZeroDivisionError):
        select(searched, "criteria", "")
    monkeypatch.setattr(RerunObjective, "__call__", original)
    select(searched, "criteria", "")
    assert outs(Path()) == outs(selected_once.folder)
    assert list(JOURNALS.iterdir()) == []


@pytest.mark.usefixtures("selected")
def test_the_test_split_is_not_read() -> None:
    assert not Path("data/splits/test").exists()
    assert (FOLDER / "selected.yaml").exists()


def test_predictions_are_read_as_they_were_written(tmp_path: Path) -> None:
    predictions = [Prediction(0.25, -1.5, (3, 9)), Prediction(-1.0, float("-inf"), None), Prediction(None, 2.0, (0, 1))]
    reruns._write(predictions_of_run(tmp_path, 3), predictions)
    assert read_predictions(tmp_path, 3) == predictions


def test_damaged_predictions_are_named(tmp_path: Path) -> None:
    predictions_of_run(tmp_path, 0).write_bytes(b"no array")
    with pytest.raises(StudyError, match=r"predictions-0\.npy cannot be read"):
        read_predictions(tmp_path, 0)


def test_too_few_posts_for_the_folds_are_named(searched: Params) -> None:
    for first, split in enumerate((TRAIN, VAL)):
        learnable_corpus(1, first).save(split)
    with pytest.raises(CorpusError, match=r"2 post.* 4 folds"):
        select(searched, "criteria", "")
