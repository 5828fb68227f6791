"""The maximal search, with a stub in place of the fit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import EncoderError, StudyError
from redsm5_hpo.core.files import read_json, read_jsonl, read_yaml, write_yaml
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.params import Choices, Params, Range
from redsm5_hpo.params.maximal import MaximalParams, load_maximal
from redsm5_hpo.search import run_search, run_study
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.search.results.best_trial import BestTrial
from redsm5_hpo.search.results.study_files import load_space
from redsm5_hpo.search.searches.maximal import maximal_search
from redsm5_hpo.search.searches.space_filter import available_space
from redsm5_hpo.search.space import active_values, outside
from redsm5_hpo.training.fit_record import EpochRecord
from redsm5_hpo.training.machine import Machine
from tests.search.searches.test_staged import CORPUS

ROOT = Path(__file__).parents[3]
OUT, METRICS = Path("data/hpo/share/hpo_max"), Path("data/metrics/share/hpo_max/study.json")
FORECAST = "it will take a while"


@dataclass(frozen=True)
class StubObjective:
    """Better the nearer the dropout is to 0.1 and with mean pooling; fails from trial `broken` on."""

    broken: int = 1000

    def __call__(self, request: TrialRequest) -> TrialRecord:
        record = TrialRecord(request.number, "failed", request.params, request.seed, reason="loss nan")
        if request.number >= self.broken:
            return record
        values = request.params
        value = 0.9 - abs(float(values["dropout"]) - 0.1) - 0.1 * (values["pooling"] != "mean")
        epochs = (EpochRecord(1.0, 1.0, value / 2, 0.5), EpochRecord(0.5, 0.5, value, 0.9))
        return replace(record, state="complete", epochs=epochs, value=value, best_epoch=2, reason="")


@pytest.fixture
def encoder(tiny: dict[str, Path]) -> str:
    return str(tiny["bert"])


@pytest.fixture
def settings(params: Params, encoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Settings for a workplace with splits and a finished multi-stage search, and threads that run the stub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_study, "training_workers", lambda count, *_: ThreadPoolExecutor(count))
    monkeypatch.setattr(run_search, "TrialObjective", lambda *_, **__: StubObjective())
    monkeypatch.setattr(run_search, "forecast", lambda *_: FORECAST)
    monkeypatch.setattr(
        run_search, "machine_of_workers", lambda names, _: Machine("a device", 0, dict.fromkeys(names, ""))
    )
    monkeypatch.setattr(run_search, "run_in_worker", lambda function, *arguments: function(*arguments))
    for part in (layout.TRAIN, layout.VAL):
        Corpus.save(CORPUS, part)
    defaults = params.training.defaults.model_copy(update={"frozen_layers": 1})
    here = params.encoder.model_copy(update={"name": encoder, "max_length": 64, "stride": 16})
    changed = {"encoder": here, "training": params.training.model_copy(update={"defaults": defaults})}
    settings = params.model_copy(update=changed)
    configuration = settings.default_configuration.with_values({"dropout": 0.25})
    best = BestTrial(
        configuration=configuration, best_epoch=2, epochs=3, value=0.5, trial=1, stage="s2", seed=1, on_bound=[]
    )
    write_yaml(Path("data/hpo/share/hpo_s2/best.yaml"), best.model_dump(mode="json"))
    return settings


@pytest.fixture
def maximal(encoder: str) -> MaximalParams:
    """The settings of the project, but for the encoder, what depends on it, and the budget."""
    found = load_maximal(ROOT / "maximal/params.yaml")
    layers = Range(low=0, high=2, integer=True)
    small = {
        "encoder": Choices(choices=(encoder, "bert_large")),
        "max_length": Choices(choices=(48, 64)),
        "stride": Choices(choices=(8, 16)),
        "frozen_layers": layers,
        "reinitialized_layers": layers.model_copy(update={"when": {"adapter": ("none",)}}),
    }
    return changed(found, trials=6, startup_trials=3, space={**found.hpo.max.space, **small})


def run_maximal(params: Params, maximal: MaximalParams, architecture: str) -> None:
    run_search.run_search(maximal_search(params, maximal, architecture))


def changed(params: MaximalParams, **values: object) -> MaximalParams:
    return params.model_copy(
        update={"hpo": params.hpo.model_copy(update={"max": params.hpo.max.model_copy(update=values)})}
    )


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (*OUT.iterdir(), METRICS)}


def trials() -> list[TrialRecord]:
    return [TrialRecord.from_json(line) for line in read_jsonl(OUT / "trials.jsonl")]


def test_the_default_configuration_and_the_best_of_the_other_search_come_first(
    settings: Params, maximal: MaximalParams
) -> None:
    run_maximal(settings, maximal, "share")
    assert [record.params["dropout"] for record in trials()[:2]] == [0.1, 0.25]
    assert trials()[0].params["encoder"] == settings.encoder.name


def test_without_a_warm_start_the_other_search_is_not_needed(settings: Params, maximal: MaximalParams) -> None:
    Path("data/hpo/share/hpo_s2/best.yaml").unlink()
    run_maximal(settings, changed(maximal, warm_start=False), "share")
    assert len(trials()) == 6


def test_all_trials_but_the_first_lie_in_the_space(settings: Params, maximal: MaximalParams) -> None:
    run_maximal(settings, changed(maximal, trials=12), "share")
    space = load_space(OUT)
    assert not any(outside(space, record.params) for record in trials()[2:])


def test_a_longer_study_goes_on_with_the_trials_of_a_shorter_one(
    settings: Params, maximal: MaximalParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_maximal(settings, changed(maximal, trials=6), "share")
    started: list[int] = []

    class Counting(StubObjective):
        def __call__(self, request: TrialRequest) -> TrialRecord:
            started.append(request.number)
            return super().__call__(request)

    monkeypatch.setattr(run_search, "TrialObjective", lambda *_, **__: Counting())
    run_maximal(settings, changed(maximal, trials=10), "share")
    assert sorted(started) == list(range(6, 10))
    longer = files()
    forget_journals()
    run_maximal(settings, changed(maximal, trials=10), "share")
    assert len(started) == 4 + 10
    assert files() == longer


def test_only_a_study_without_trials_is_forecast(
    settings: Params, maximal: MaximalParams, capsys: pytest.CaptureFixture[str]
) -> None:
    run_maximal(settings, maximal, "share")
    assert FORECAST in capsys.readouterr().err
    run_maximal(settings, changed(maximal, trials=8), "share")
    assert FORECAST not in capsys.readouterr().err


def test_a_shorter_study_is_the_beginning_of_a_longer_one(settings: Params, maximal: MaximalParams) -> None:
    run_maximal(settings, changed(maximal, trials=10), "share")
    longer = trials()
    run_maximal(settings, changed(maximal, trials=4), "share")
    assert trials() == longer[:4]


def forget_journals() -> None:
    for path in Path(".hpo_work").glob("*/journal.jsonl"):
        path.unlink()


def test_the_best_trials_are_listed_best_first_with_whole_configurations(
    settings: Params, maximal: MaximalParams
) -> None:
    run_maximal(settings, changed(maximal, trials=8, top_k=3), "share")
    listed = read_yaml(OUT / "topk.yaml")
    values = sorted((record.value or 0.0 for record in trials()), reverse=True)
    assert [each["value"] for each in listed] == values[:3]
    assert listed[0]["configuration"] == read_yaml(OUT / "best.yaml")["configuration"]
    assert listed[0]["configuration"].keys() == settings.default_configuration.model_dump().keys()


def test_metrics_say_which_values_mattered_and_how_each_choice_fared(settings: Params, maximal: MaximalParams) -> None:
    run_maximal(settings, changed(maximal, trials=40), "share")
    metrics = read_json(METRICS)
    found = metrics["importances"]
    assert sum(found.values()) == pytest.approx(1, abs=1e-4)
    # What decides is among the first; chance alone puts it there once in ten.
    assert {"dropout", "pooling"} & set(sorted(found, key=found.__getitem__, reverse=True)[:4])
    assert sum(each["trials"] for each in metrics["marginals"]["pooling"].values()) == 40
    assert metrics["truncated"] is False


def test_an_encoder_that_is_not_there_is_left_out_and_named(
    settings: Params, maximal: MaximalParams, encoder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_maximal(settings, maximal, "share")
    assert f"encoders: {encoder}; missing: bert_large" in capsys.readouterr().err
    found = load_space(OUT)["encoder"]
    assert isinstance(found, Choices)
    assert found.choices == (encoder,)


def test_learning_rates_are_relative_to_the_encoders(settings: Params, maximal: MaximalParams, encoder: str) -> None:
    search = maximal_search(settings, maximal, "share")
    assert "learning_rate" not in search.space
    assert f"a learning_rate_factor of 1 is a learning rate of {encoder} 0.0003" in search.messages
    run_maximal(settings, maximal, "share")
    best = read_yaml(OUT / "best.yaml")["configuration"]
    assert best["learning_rate"] == pytest.approx(best["learning_rate_factor"] * 0.0003)


def test_values_that_the_architecture_does_not_read_are_not_searched(settings: Params, maximal: MaximalParams) -> None:
    run_maximal(settings, maximal, "share")
    searched = load_space(OUT).keys()
    assert not {"fusion", "tie_encoders"} & searched
    assert "status_weight" in searched


def test_failures_of_one_cause_stop_the_study_with_that_cause(
    settings: Params, maximal: MaximalParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_search, "TrialObjective", lambda *_, **__: StubObjective(broken=3))
    with pytest.raises(StudyError, match=r"4 trials in a row(.|\n)*loss nan"):
        run_maximal(settings, changed(maximal, trials=50, max_consecutive_failures=4), "share")


def test_hours_end_the_study_and_the_metrics_say_so(
    settings: Params, maximal: MaximalParams, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(run_search.time, "monotonic", lambda: 3600.0 * next(clock))
    run_maximal(settings, changed(maximal, trials=500, timeout_hours=5.5), "share")
    assert 2 <= len(trials()) < 50
    assert read_json(METRICS)["truncated"] is True
    assert "timeout_hours 5.5 ended the study after" in capsys.readouterr().err


TOO_MUCH = {
    "windows": ({"max_length": Choices(choices=(64, 256))}, EncoderError, "256 tokens"),
    "layers": ({"frozen_layers": Range(low=0, high=3, integer=True)}, StudyError, "frozen_layers of the space"),
    "strides": ({"stride": Choices(choices=(8, 32))}, StudyError, "would not advance"),
    "encoders": ({"encoder": Choices(choices=("bert_large",))}, StudyError, "no encoder of the space"),
}


@pytest.mark.parametrize(("values", "error", "match"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_no_trial_could_do_is_refused_before_the_first(
    settings: Params, maximal: MaximalParams, values: dict[str, Choices | Range], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        run_maximal(settings, changed(maximal, space={**maximal.hpo.max.space, **values}), "share")
    assert not OUT.exists()


def test_more_frozen_layers_than_an_encoder_has_are_refused_where_they_are_not_searched(
    settings: Params, maximal: MaximalParams
) -> None:
    defaults = settings.training.defaults.model_copy(update={"frozen_layers": 3})
    training = settings.training.model_copy(update={"defaults": defaults})
    space = {name: dimension for name, dimension in maximal.hpo.max.space.items() if name != "frozen_layers"}
    with pytest.raises(StudyError, match=r"frozen_layers of the space are more(.|\n)*got: up to 3\n"):
        run_maximal(settings.model_copy(update={"training": training}), changed(maximal, space=space), "share")


def test_a_criterion_that_leaves_too_little_of_the_smallest_window_is_refused_before_the_first(
    settings: Params, maximal: MaximalParams
) -> None:
    long = dict.fromkeys(CORPUS.criteria, "sad " * 30)
    for part in (layout.TRAIN, layout.VAL):
        replace(CORPUS, criteria=long).save(part)
    with pytest.raises(EncoderError, match="leaves too little of the window"):
        run_maximal(settings, maximal, "share")


def test_with_an_encoder_of_its_own_for_criteria_none_is_tied(
    settings: Params, maximal: MaximalParams, encoder: str
) -> None:
    best = read_yaml(Path("data/hpo/share/hpo_s2/best.yaml"))
    write_yaml(Path("data/hpo/joint/hpo_s2/best.yaml"), best)
    apart = settings.encoder.model_copy(update={"criteria_name": encoder})
    run_maximal(settings.model_copy(update={"encoder": apart}), maximal, "joint")
    searched = load_space(Path("data/hpo/joint/hpo_max")).keys()
    assert "fusion" in searched
    assert "tie_encoders" not in searched


def test_a_study_without_a_complete_trial_keeps_its_trials_for_more(
    settings: Params, maximal: MaximalParams, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_search, "TrialObjective", lambda *_, **__: StubObjective(broken=0))
    with pytest.raises(StudyError, match="no best trial"):
        run_maximal(settings, changed(maximal, trials=3), "share")
    with pytest.raises(StudyError, match="no best trial"):
        run_maximal(settings, changed(maximal, trials=4), "share")
    assert "3 of 4 trials are kept" in capsys.readouterr().err


@pytest.mark.parametrize("architecture", ["criteria", "evidence", "share", "joint"])
def test_the_default_configuration_is_in_the_space(architecture: Architecture, params: Params) -> None:
    space, _ = available_space(load_maximal(ROOT / "maximal/params.yaml").hpo.max.space, architecture)
    first = active_values(space, params.default_configuration.without_nulls().model_dump())
    assert outside(space, first) == []


BUDGETS = {"criteria": 800, "evidence": 1200, "share": 600, "joint": 600}


def test_the_search_has_its_seed_budgets_and_more_than_25_values() -> None:
    search = load_maximal(ROOT / "maximal/params.yaml").hpo.max
    assert (search.trials, search.trials_per_architecture, search.epochs) == (None, BUDGETS, 6)
    assert len(search.space) > 25
