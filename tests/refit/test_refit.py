"""The selected configuration fitted on train and val."""

import os
import signal
from dataclasses import asdict

import pytest

from redsm5_hpo.core.errors import HpoError, StudyError
from redsm5_hpo.core.files import read_json, write_yaml
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.inference.calibration import Calibration, ScoreCalibration
from redsm5_hpo.inference.checkpoint import DEFAULT_MODEL
from redsm5_hpo.inference.predictor import load_predictor
from redsm5_hpo.refit.refit import refit
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.fit_spec import FitSpec
from tests.training.builders import CRITERIA, PARAMS, configured, learnable_corpus, training, weights

SEEDS = (1, 2)
SELECTED = {
    "stop_epoch": 2,
    "epochs": 4,
    "value": 0.75,
    "trial": 6,
    "stage": "hpo_s2",
    "comparison": {"beats_default": True},
}
DEFAULT = {**SELECTED, "trial": None, "stage": "default", "stop_epoch": 1}
CALIBRATION = Calibration(ScoreCalibration(2.0, 0.5))


pytestmark = pytest.mark.usefixtures("server", "splits")


@pytest.fixture
def configuration(tiny):
    return configured(tiny["bert"])


@pytest.fixture
def selection(configuration, workplace):
    """Writes a file of the selection."""

    def write(name, fields):
        values = {"configuration": configuration.model_dump(mode="json"), "calibration": asdict(CALIBRATION)}
        write_yaml(workplace / "data/hpo/criteria/select" / name, {**fields, **values})

    return write


@pytest.fixture
def params(selection):
    """Settings for a pipeline folder that holds a selected configuration and splits."""
    selection("selected.yaml", SELECTED)
    refit_params = PARAMS.refit.model_copy(update={"seeds": SEEDS})
    return PARAMS.model_copy(update={"training": training(), "refit": refit_params})


@pytest.fixture
def expected(params, splits, configuration):
    """The weights of a fit on train and val of so many epochs."""

    def fitted(seed, stop_epoch):
        fit_spec = FitSpec("criteria", params.training, 4, Portion((splits / "train", splits / "val")), None)
        return weights(fit_all_epochs(fit_spec, configuration, seed, stop_epoch)[0])

    return fitted


def written(workplace, *folders):
    """The bytes of all files below some folders."""
    files = [path for folder in folders for path in (workplace / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(workplace)): path.read_bytes() for path in files}


def test_it_saves_the_selected_configurations_fit_of_each_seed_on_train_and_val(params, expected, workplace):
    refit(params, "criteria", "")
    for seed, model in zip(SEEDS, load_predictor(workplace / "models/criteria").models.values(), strict=True):
        assert weights(model) == expected(seed, 2)


def test_the_default_configuration_is_refitted_if_one_of_the_search_is_selected(params, selection, expected, workplace):
    selection("default.yaml", DEFAULT)
    refit(params, "criteria", "")
    default = load_predictor(workplace / "models/criteria" / DEFAULT_MODEL)
    assert weights(default.models[1]) == expected(1, 1)


def test_a_default_configuration_that_is_kept_is_refitted_once(params, selection, workplace):
    for name in ("selected.yaml", "default.yaml"):
        selection(name, DEFAULT)
    refit(params, "criteria", "")
    assert not (workplace / "models/criteria" / DEFAULT_MODEL).exists()


def test_the_saved_model_predicts(params, workplace):
    refit(params, "criteria", "")
    some = examples(learnable_corpus(4), "criteria")
    assert len(load_predictor(workplace / "models/criteria").predict(some).predictions) == len(some)


def test_the_checkpoint_holds_its_calibration_origin_and_definitions(params, workplace):
    refit(params, "criteria", "")
    checkpoint = load_predictor(workplace / "models/criteria").checkpoint
    assert list(checkpoint.criteria.items()) == list(CRITERIA.items())
    assert checkpoint.calibration == CALIBRATION
    assert checkpoint.origin == SELECTED


def test_it_logs_the_training_loss_of_every_seed_and_epoch(params, workplace):
    refit(params, "criteria", "")
    for seed in SEEDS:
        path = workplace / f"data/metrics/criteria/refit/plots/metrics/train_loss/seed_{seed}.tsv"
        lines = path.read_text().split()
        assert lines[:2] == ["step", f"seed_{seed}"]
        assert lines[2::2] == ["0", "1"]
    assert read_json(workplace / "metrics/time/criteria/refit.json")["seconds"] >= 0


def test_any_number_of_workers_writes_the_same_bytes(params, workplace, monkeypatch):
    found = []
    for workers in ("1", "2"):
        monkeypatch.setenv("HPO_WORKERS", workers)
        refit(params, "criteria", "")
        found.append(written(workplace, "models", "data/metrics/criteria"))
    assert found[0] == found[1]
    assert len(found[0]) > 10


def test_the_test_split_is_not_read(params, workplace, splits):
    for path in (splits / "test").iterdir():
        path.unlink()
    refit(params, "criteria", "")
    assert (workplace / "models/criteria/model.json").exists()


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_dead_worker_is_an_error_and_the_old_model_stays(params, workplace, monkeypatch):
    refit(params, "criteria", "")
    before = written(workplace, "models", "data/metrics")
    monkeypatch.setattr("redsm5_hpo.refit.refit.fit_seed", killed)
    with pytest.raises(HpoError, match="a worker died"):
        refit(params, "criteria", "")
    assert written(workplace, "models", "data/metrics") == before
    assert [path.name for path in (workplace / "models").iterdir()] == ["criteria"]


def test_a_failed_fit_is_an_error_without_a_traceback(params, workplace):
    short = params.training.model_copy(update={"fit_timeout_minutes": 1e-5})
    with pytest.raises(HpoError, match=r"a refit failed(.|\n)*not finished after 0.0006 s(.|\n)*fit_timeout_minutes"):
        refit(params.model_copy(update={"training": short}), "criteria", "")
    assert list((workplace / "models").iterdir()) == []


def test_a_missing_selection_is_named(params, workplace):
    with pytest.raises(StudyError, match=r"data/hpo/joint/select/selected\.yaml does not exist"):
        refit(params, "joint", "")
    assert not (workplace / "models").exists()


@pytest.mark.parametrize("workers", ["0", "abc"])
def test_a_wrong_worker_count_leaves_all_files_as_they_were(params, workplace, monkeypatch, workers):
    refit(params, "criteria", "")
    before = written(workplace, "models", "data/metrics")
    monkeypatch.setenv("HPO_WORKERS", workers)
    with pytest.raises(HpoError, match="HPO_WORKERS is not a number of workers"):
        refit(params, "criteria", "")
    assert written(workplace, "models", "data/metrics") == before
