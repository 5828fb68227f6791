"""The selection, with real fits of a tiny encoder."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.folds import folds
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.errors import CorpusError, StudyError
from redsm5_hpo.files import read_json, read_jsonl, read_yaml, write_jsonl, write_yaml
from redsm5_hpo.params import Architecture, Params
from redsm5_hpo.search import reruns, selection, session
from redsm5_hpo.search.reruns import RerunRunner, read_answers
from redsm5_hpo.search.selection import select
from redsm5_hpo.training.decision import Decision, fit_decision
from redsm5_hpo.training.device import make_repeatable
from redsm5_hpo.training.machine import describe_machine
from redsm5_hpo.training.scoring import Answer, score
from redsm5_hpo.training.winner import Winner
from tests.search.conftest import made
from tests.training.builders import CONFIGURATION, encoder, learnable_corpus, training

FOLDER = Path("data/hpo/criteria/select")


class Inline:
    """An executor that computes at once, in this process."""

    def __init__(self, _workers: int) -> None:
        self.submitted = 0

    def submit(self, function: Any, *arguments: Any) -> Any:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:  # noqa: BLE001 (as an executor does)
            future.set_exception(error)
        return future

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """Nothing to end."""


def settings(params: Params, bert: Path) -> Params:
    """Settings for the working directory, which gets splits and a finished search.

    The search's best trial learns and its default configuration does not.
    """
    learnable_corpus(16).save(Path("data/splits/train"))
    learnable_corpus(16, 16).save(Path("data/splits/val"))
    record = made(2, 0.99, configuration={"learning_rate": 3e-3}, best_epoch=3)
    write_jsonl(Path("data/hpo/criteria/s2/trials.jsonl"), [record.to_json()])
    best = Winner(configuration=CONFIGURATION, best_epoch=3, epochs=3, value=0.99, trial=2, stage="s2")
    write_yaml(Path("data/hpo/criteria/s2/best.yaml"), best.model_dump(mode="json"))
    make_repeatable()
    defaults = CONFIGURATION.with_values({"learning_rate": 1e-9})
    return params.model_copy(
        update={
            "encoder": encoder(bert),
            "training": training(defaults=defaults),
            "split": params.split.model_copy(update={"near_duplicate_threshold": 1.0, "quoted_words": None}),
            "select": params.select.model_copy(update={"top": 1, "folds": 4, "runs": 2}),
        }
    )


@pytest.fixture(scope="module", autouse=True)
def inline() -> Iterator[None]:
    """Workers and the machine are this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "worker_pool", Inline)
        patch.setattr(selection, "machine_of_workers", describe_machine)
        yield


@dataclass(frozen=True)
class Selected:
    """A folder in which the selection has run, its settings, and what the decisions were fitted to."""

    folder: Path
    params: Params
    given: list[tuple[list[Example], list[Answer]]]


@pytest.fixture(scope="module")
def selected_once(params: Params, tiny: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Selected:
    given: list[tuple[list[Example], list[Answer]]] = []

    def spied(architecture: Architecture, scored: list[Example], answers: list[Answer]) -> Decision:
        given.append((scored, answers))
        return fit_decision(architecture, scored, answers)

    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("selected")
        patch.chdir(folder)
        patch.setattr(selection, "fit_decision", spied)
        here = settings(params, tiny["bert"])
        select(here, "criteria", "s2")
    return Selected(folder, here, given)


@pytest.fixture
def selected(selected_once: Selected, monkeypatch: pytest.MonkeyPatch) -> Selected:
    """The same, as the working directory, to look at alone."""
    monkeypatch.chdir(selected_once.folder)
    return selected_once


@pytest.fixture
def searched(params: Params, tiny: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Settings for a working directory in which no selection has run."""
    monkeypatch.chdir(tmp_path)
    return settings(params, tiny["bert"])


def outs(root: Path) -> dict[str, bytes]:
    """What the stage wrote below a folder, but for times."""
    folders = (root / FOLDER, root / "metrics/criteria")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.mark.usefixtures("selected")
def test_a_trial_that_learns_is_shipped_before_a_default_that_does_not() -> None:
    shipped = Winner.load(FOLDER / "best.yaml")
    assert (shipped.stage, shipped.trial, shipped.best_epoch) == ("s2", 2, 3)
    assert shipped.configuration.learning_rate == 3e-3
    summary = read_json(Path("metrics/criteria/select.json"))
    assert summary["shipped"] == "s2-2"
    assert summary["beats_default"] is True
    assert summary["gain"] > 0


def test_the_default_is_shipped_where_tuning_does_not_beat_it(searched: Params) -> None:
    both = searched.training.model_copy(update={"defaults": CONFIGURATION.with_values({"learning_rate": 3e-3})})
    select(searched.model_copy(update={"training": both}), "criteria", "s2")
    shipped = Winner.load(FOLDER / "best.yaml")
    assert (shipped.stage, shipped.trial) == ("default", None)
    assert shipped == Winner.load(FOLDER / "default.yaml")
    assert read_json(Path("metrics/criteria/select.json"))["beats_default"] is False


def test_the_decision_is_fitted_to_the_answers_of_each_fold_by_the_model_that_did_not_see_it(
    selected: Selected,
) -> None:
    parts = (Path("data/splits/train"), Path("data/splits/val"))
    held_out = [
        examples(fold.held_out.load(), "criteria")
        for fold in folds(parts, 4, selected.params.select.seed, selected.params.split)[:2]  # two runs
    ]
    runs = read_jsonl(FOLDER / "runs.jsonl")
    for (scored, answers), of_candidate in zip(selected.given, (runs[:2], runs[2:]), strict=True):
        assert scored == [each for part in held_out for each in part]
        first = len(held_out[0])
        for part, said, run in zip(held_out, (answers[:first], answers[first:]), of_candidate, strict=True):
            assert score("criteria", part, said).f1_macro == pytest.approx(run["value"])
    assert Winner.load(FOLDER / "best.yaml").decision == fit_decision("criteria", *selected.given[1])


@pytest.mark.usefixtures("selected")
def test_candidates_run_on_the_same_folds_with_the_same_seeds() -> None:
    runs = read_jsonl(FOLDER / "runs.jsonl")
    assert [(run["candidate"], run["fold"]) for run in runs] == [
        ("default", 0),
        ("default", 1),
        ("s2-2", 0),
        ("s2-2", 1),
    ]
    assert runs[0]["seed"] == runs[2]["seed"] != runs[1]["seed"] == runs[3]["seed"]


@pytest.mark.usefixtures("selected")
def test_the_optimism_is_what_the_search_promised_beyond_the_runs() -> None:
    summary = read_json(Path("metrics/criteria/select.json"))
    mean = sum(run["value"] for run in read_jsonl(FOLDER / "runs.jsonl")[2:]) / 2
    assert summary["optimism"] == pytest.approx(0.99 - mean)
    assert read_yaml(FOLDER / "best.yaml")["selection"]["optimism"] == summary["optimism"]


def test_the_same_selection_is_the_same_bytes_after_a_crash(
    searched: Params, selected_once: Selected, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = RerunRunner.__call__

    def crashing(self: RerunRunner, request: Any) -> Any:
        if request.number == 2:
            raise ZeroDivisionError
        return whole(self, request)

    monkeypatch.setattr(RerunRunner, "__call__", crashing)
    with pytest.raises(ZeroDivisionError):
        select(searched, "criteria", "s2")
    monkeypatch.setattr(RerunRunner, "__call__", whole)
    select(searched, "criteria", "s2")
    assert outs(Path()) == outs(selected_once.folder)
    assert list(session.JOURNALS.iterdir()) == []


@pytest.mark.usefixtures("selected")
def test_test_is_not_read() -> None:
    assert not Path("data/splits/test").exists()
    assert (FOLDER / "best.yaml").exists()


def test_answers_are_read_back_as_they_were(tmp_path: Path) -> None:
    answers = [Answer(0.25, -1.5, (3, 9)), Answer(-1.0, float("-inf"), None), Answer(None, 2.0, (0, 1))]
    reruns._write(reruns.answers_file(tmp_path, 3), answers)
    assert read_answers(tmp_path, 3) == answers


def test_damaged_answers_are_named(tmp_path: Path) -> None:
    reruns.answers_file(tmp_path, 0).write_bytes(b"no array")
    with pytest.raises(StudyError, match=r"answers-0\.npy cannot be read"):
        read_answers(tmp_path, 0)


def test_too_few_posts_for_the_folds_are_named(searched: Params) -> None:
    for part in ("train", "val"):
        corpus = learnable_corpus(1, 0 if part == "train" else 1)
        Corpus(corpus.posts, corpus.sentences, corpus.pairs, corpus.criteria).save(Path("data/splits") / part)
    with pytest.raises(CorpusError, match="cannot be dealt to 4 folds"):
        select(searched, "criteria", "s2")
