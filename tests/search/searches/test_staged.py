"""The stages of the multi-stage search, one after another, with a stub in place of the fit."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError, ParamsError, SanityError, StorageError, StudyError
from redsm5_hpo.core.files import read_json, read_jsonl, write_text
from redsm5_hpo.core.layout import JOURNALS, TRAIN, VAL
from redsm5_hpo.corpus.records import Corpus, Pair, Post, Sentence, Span
from redsm5_hpo.params import Choices, Params
from redsm5_hpo.search import run_search, run_study
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.search.results.best_trial import load_best
from redsm5_hpo.search.results.study_files import load_space
from redsm5_hpo.search.searches.staged import Stage, staged_search
from redsm5_hpo.training.fit_record import EpochRecord
from redsm5_hpo.training.machine import Machine
from tests.disks import full_disk
from tests.stray_files import STRAY_FILES

STAGES: list[Stage] = ["s0", "s1", "s2"]
SAD = Post("p1", "I feel sad.")
CORPUS = Corpus(
    posts=(SAD,),
    sentences=(
        Sentence("p1", "p1-0", "DEPRESSED_MOOD", SAD.text, 1),
        Sentence("p1", "p1-0", "FATIGUE", SAD.text, 0),
    ),
    pairs=(Pair("p1", "DEPRESSED_MOOD", 1, True, (Span(0, 11, "exact"),)), Pair("p1", "FATIGUE", 0, False, ())),
    criteria={"DEPRESSED_MOOD": "depressed mood", "FATIGUE": "fatigue"},
)


@dataclass(frozen=True)
class StubObjective:
    """Better the nearer the dropout is to 0.1; `mistaken` trial stops the study, `level` moves all values."""

    level: float = 0.95
    mistaken: int = -1

    def __call__(self, request: TrialRequest) -> TrialRecord:
        if request.number == self.mistaken:
            raise ZeroDivisionError
        value = self.level - abs(float(request.configuration.dropout) - 0.1)
        epochs = (EpochRecord(1.0, 1.0, value / 2, 0.5), EpochRecord(0.5, 0.5, value, 0.9))
        record = TrialRecord(request.number, "complete", request.params, request.seed)
        return replace(record, epochs=epochs, value=value, best_epoch=2)


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository with a split corpus, and threads that run the stub."""
    monkeypatch.chdir(tmp_path)
    CORPUS.save(TRAIN)
    CORPUS.save(VAL)
    monkeypatch.setattr(run_study, "training_workers", lambda count, *_: ThreadPoolExecutor(count))
    machine = Machine("a device", 0, {"minilm_l6": "its weights"})
    monkeypatch.setattr(run_search, "machine_of_workers", lambda *_: machine)
    monkeypatch.setattr(run_search, "TrialObjective", lambda *_: StubObjective())
    return tmp_path


def written() -> dict[str, bytes]:
    """The outs and metrics of all search stages; DVCLive's plots too, which hold no time."""
    folders = (Path("data/hpo"), Path("data/metrics/criteria"))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


def run_stage(params: Params, architecture: str, stage: Stage) -> None:
    run_search.run_search(staged_search(params, architecture, stage))


def run_all(params: Params) -> dict[str, bytes]:
    for stage in STAGES:
        run_stage(params, "criteria", stage)
    return written()


def test_a_stage_writes_its_outs_and_metrics(params: Params) -> None:
    run_stage(params, "criteria", "s0")
    outs = {path.name for path in Path("data/hpo/criteria/hpo_s0").iterdir()}
    assert outs == {"best.yaml", "optuna_journal.log", "space.yaml", "trials.jsonl"}
    assert len(read_jsonl(Path("data/hpo/criteria/hpo_s0/trials.jsonl"))) == params.hpo.s0.trials
    assert read_json(Path("data/metrics/criteria/hpo_s0/study.json"))["beats_majority"] is True
    numbers = {path.name for path in Path("data/metrics/criteria/hpo_s0").iterdir()}
    assert numbers >= {"budget.csv", "metrics.json", "plots"}
    assert read_json(Path("metrics/time/criteria/hpo_s0.json"))["seconds"] >= 0


def test_stages_start_from_one_another(params: Params) -> None:
    run_all(params)
    best = {stage: load_best(Path(f"data/hpo/criteria/hpo_{stage}")) for stage in STAGES}
    for before, stage in pairwise(STAGES):
        first = read_jsonl(Path(f"data/hpo/criteria/hpo_{stage}/trials.jsonl"))[0]["params"]
        assert first == {name: getattr(best[before].configuration, name) for name in first}
    assert [each.stage for each in best.values()] == STAGES
    assert (
        load_space(Path("data/hpo/criteria/hpo_s1")) == params.hpo.space != load_space(Path("data/hpo/criteria/hpo_s2"))
    )


def test_the_same_search_is_the_same_bytes(params: Params) -> None:
    assert run_all(params) == run_all(params)


def test_a_finished_stage_leaves_no_journal(params: Params) -> None:
    run_stage(params, "criteria", "s0")
    assert list(JOURNALS.iterdir()) == []


def test_an_interrupted_stage_goes_on_to_the_same_bytes(
    params: Params, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    last = params.hpo.s0.trials - 1
    run_stage(params, "criteria", "s0")
    expected = written()
    monkeypatch.setenv("HPO_WORKERS", "1")
    monkeypatch.setattr(run_search, "TrialObjective", lambda *_: StubObjective(mistaken=last))
    with pytest.raises(ZeroDivisionError):
        run_stage(params, "criteria", "s0")
    monkeypatch.setattr(run_search, "TrialObjective", lambda *_: StubObjective())
    run_stage(params, "criteria", "s0")
    assert f"{last} of {last + 1} trials are kept from an earlier run" in capsys.readouterr().err
    assert written() == expected


def interrupted(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a stage that ends after its first trial, and leave the rest to the next."""
    monkeypatch.setenv("HPO_WORKERS", "1")
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(run_search, "TrialObjective", lambda *_: StubObjective(mistaken=1))
        run_stage(params, "criteria", "s0")


def test_an_editors_file_in_the_corpus_loses_no_trial(
    params: Params, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(params, monkeypatch)
    for name in STRAY_FILES:
        write_text(TRAIN / name, "")
    run_stage(params, "criteria", "s0")
    shown = capsys.readouterr().err
    assert f"1 of {params.hpo.s0.trials} trials are kept from an earlier run" in shown
    assert "starts over" not in shown


def test_a_stage_that_starts_over_says_what_changed(
    params: Params, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(params, monkeypatch)
    (kept,) = JOURNALS.iterdir()
    changed = params.model_copy(update={"hpo": params.hpo.model_copy(update={"seed": 7})})
    run_stage(changed, "criteria", "s0")
    message = f"starts over without the 1 trial finished in {kept}, since these changed: setting hpo.seed\n"
    assert message in capsys.readouterr().err


def test_a_disk_that_is_full_when_the_results_are_written_takes_no_trial(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = 30
    hpo = params.hpo.model_copy(update={"s0": params.hpo.s0.model_copy(update={"trials": trials})})
    longer = params.model_copy(update={"hpo": hpo})
    run_stage(longer, "criteria", "s0")
    expected = written()
    largest = max(map(len, expected.values()))  # larger than the journal, which is written first
    with full_disk(largest - 1), pytest.raises(StorageError, match="cannot be written"):
        run_stage(longer, "criteria", "s0")
    (journal,) = JOURNALS.glob("*/journal.jsonl")
    assert len(read_jsonl(journal)) == trials + 1
    monkeypatch.setattr(run_study, "training_workers", lambda *_, **__: pytest.fail("a kept trial runs again"))
    run_stage(longer, "criteria", "s0")
    assert written() == expected


def test_a_failed_sanity_check_leaves_the_trials_to_look_at(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_search, "TrialObjective", lambda *_: StubObjective(level=0.1))
    with pytest.raises(SanityError, match="no trial beats the majority baseline"):
        run_stage(params, "criteria", "s0")
    assert {path.name for path in Path("data/hpo/criteria/hpo_s0").iterdir()} >= {"trials.jsonl"}
    assert not Path("data/hpo/criteria/hpo_s0/best.yaml").exists()
    assert list(JOURNALS.iterdir()) == []


def test_an_encoder_of_its_own_for_criteria_can_be_searched(params: Params) -> None:
    searched = {"criteria_encoder": Choices(choices=("minilm_l6", "bert_base"))}
    tied = {"tie_encoders": Choices(choices=(False, True))}
    space = {**params.hpo.space, **searched, **tied}
    run_stage(params.model_copy(update={"hpo": params.hpo.model_copy(update={"space": space})}), "joint", "s0")
    first = read_jsonl(Path("data/hpo/joint/hpo_s0/trials.jsonl"))[0]["params"]
    assert first["criteria_encoder"] == "minilm_l6"
    assert load_space(Path("data/hpo/joint/hpo_s0")) == {**params.hpo.space, **searched}


def test_what_no_trial_could_do_is_refused_before_the_first(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_search, "machine_of_workers", lambda _, __, check: check())
    space = {**params.hpo.space, "stride": Choices(choices=(16, 128))}
    wide = params.model_copy(update={"hpo": params.hpo.model_copy(update={"space": space})})
    with pytest.raises(StudyError, match=r"would not advance(.|\n)*stride or max_length in hpo\.space"):
        run_stage(wide, "share", "s0")
    assert not JOURNALS.exists()


@pytest.mark.parametrize(("minutes", "seconds"), [(2.0, 120.0), (None, math.inf)], ids=["two minutes", "no limit"])
def test_a_study_knows_the_timeout_of_its_fits(
    params: Params, monkeypatch: pytest.MonkeyPatch, minutes: float | None, seconds: float
) -> None:
    runs: list[run_study.StudyRun] = []
    monkeypatch.setattr(run_search, "run_study", lambda run, *_: runs.append(run))
    training = params.training.model_copy(update={"fit_timeout_minutes": minutes})
    run_stage(params.model_copy(update={"training": training}), "criteria", "s0")
    assert [run.fit_timeout for run in runs] == [seconds]


def test_an_unknown_architecture_is_named(params: Params) -> None:
    with pytest.raises(ParamsError, match="no architecture 'nonsense'") as caught:
        run_stage(params, "nonsense", "s0")
    assert caught.value.allowed == "criteria, evidence, share, joint"


def test_a_stage_without_the_one_before_says_what_is_missing(params: Params) -> None:
    with pytest.raises(StudyError, match=r"data/hpo/criteria/hpo_s0/best\.yaml does not exist"):
        run_stage(params, "criteria", "s1")


@pytest.mark.parametrize("asked", ["0", "abc"])
def test_a_wrong_worker_count_leaves_all_files_as_they_were(
    params: Params, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    run_stage(params, "criteria", "s0")
    before = written()
    monkeypatch.setenv("HPO_WORKERS", asked)
    with pytest.raises(HpoError, match="HPO_WORKERS is not a number of workers"):
        run_stage(params, "criteria", "s0")
    assert written() == before
    assert list(JOURNALS.iterdir()) == []
