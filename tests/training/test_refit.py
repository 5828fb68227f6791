"""The winner of a search fitted on train and val."""

import os
import signal

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.errors import HpoError, StudyError
from redsm5_hpo.files import read_json, write_yaml
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model_folder import DEFAULT_MODEL
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.refit import refit
from redsm5_hpo.training.saving import load_predictor
from tests.training.builders import CONFIGURATION, PARAMS, encoder, learnable_corpus, training, weights

SEEDS = (1, 2)
BEST = {
    "configuration": CONFIGURATION.model_dump(mode="json"),
    "best_epoch": 2,
    "epochs": 4,
    "value": 0.75,
    "trial": 6,
    "stage": "s2",
    "selection": {"beats_default": True},
}
DEFAULT = {**BEST, "trial": None, "stage": "default", "best_epoch": 1}


pytestmark = pytest.mark.usefixtures("server", "splits")


@pytest.fixture
def params(tiny, workplace):
    """Settings for a pipeline folder that holds a winner and splits."""
    write_yaml(workplace / "data/hpo/criteria/select/best.yaml", BEST)
    return PARAMS.model_copy(
        update={
            "encoder": encoder(tiny["bert"]),
            "training": training(),
            "refit": PARAMS.refit.model_copy(update={"seeds": SEEDS}),
        }
    )


def written(workplace, *folders):
    """The bytes of all files below some folders."""
    files = [path for folder in folders for path in (workplace / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(workplace)): path.read_bytes() for path in files}


def test_it_saves_each_seeds_fit_of_the_winner_on_train_and_val(params, splits, workplace):
    refit(params, "criteria")
    a_plan = FitPlan("criteria", params.encoder, params.training, 4, Portion((splits / "train", splits / "val")), None)
    for seed, model in zip(SEEDS, load_predictor(workplace / "models/criteria").models.values(), strict=True):
        assert weights(model) == weights(fit_all_epochs(a_plan, CONFIGURATION, seed, 2)[0])


def test_the_default_configuration_is_refitted_beside_a_winner_of_the_search(params, splits, workplace):
    write_yaml(workplace / "data/hpo/criteria/select/default.yaml", DEFAULT)
    refit(params, "criteria")
    a_plan = FitPlan("criteria", params.encoder, params.training, 4, Portion((splits / "train", splits / "val")), None)
    beside = load_predictor(workplace / "models/criteria" / DEFAULT_MODEL)
    assert weights(beside.models[1]) == weights(fit_all_epochs(a_plan, CONFIGURATION, 1, 1)[0])


def test_a_shipped_default_configuration_is_refitted_once(params, workplace):
    for name in ("best", "default"):
        write_yaml(workplace / f"data/hpo/criteria/select/{name}.yaml", DEFAULT)
    refit(params, "criteria")
    assert not (workplace / "models/criteria" / DEFAULT_MODEL).exists()


def test_the_saved_model_answers(params, workplace):
    refit(params, "criteria")
    asked = examples(learnable_corpus(4), "criteria")
    answers = load_predictor(workplace / "models/criteria").predict(asked).answers
    assert len(answers) == len(asked)


def test_it_says_where_the_configuration_comes_from(params, workplace):
    refit(params, "criteria")
    description = read_json(workplace / "models/criteria/model.json")
    assert description["origin"] == {name: value for name, value in BEST.items() if name != "configuration"}


def test_it_logs_the_training_loss_of_every_seed_and_epoch(params, workplace):
    refit(params, "criteria")
    for seed in SEEDS:
        lines = (workplace / f"metrics/criteria/refit/plots/metrics/train_loss/seed_{seed}.tsv").read_text().split()
        assert lines[:2] == ["step", f"seed_{seed}"]
        assert lines[2::2] == ["0", "1"]
    assert read_json(workplace / "metrics/time/criteria/refit.json")["seconds"] >= 0


def test_any_number_of_workers_writes_the_same_bytes(params, workplace, monkeypatch):
    found = []
    for workers in ("1", "2"):
        monkeypatch.setenv("HPO_WORKERS", workers)
        refit(params, "criteria")
        found.append(written(workplace, "models", "metrics/criteria"))
    assert found[0] == found[1]
    assert len(found[0]) > 10


def test_it_never_reads_test(params, workplace, splits):
    for path in (splits / "test").iterdir():
        path.unlink()
    refit(params, "criteria")
    assert (workplace / "models/criteria/model.json").exists()


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_dead_worker_is_said_and_the_old_model_stays(params, workplace, monkeypatch):
    refit(params, "criteria")
    before = written(workplace, "models", "metrics")
    monkeypatch.setattr("redsm5_hpo.training.refit.fit_seed", killed)
    with pytest.raises(HpoError, match="a worker died"):
        refit(params, "criteria")
    assert written(workplace, "models", "metrics") == before
    assert [path.name for path in (workplace / "models").iterdir()] == ["criteria"]


def test_a_fit_without_result_is_said_without_a_traceback(params, workplace):
    training = params.training.model_copy(update={"fit_minutes": 1e-5})
    with pytest.raises(HpoError, match=r"no result(.|\n)*not finished after 0.0006 s(.|\n)*fit_minutes"):
        refit(params.model_copy(update={"training": training}), "criteria")
    assert list((workplace / "models").iterdir()) == []


def test_without_a_winner_it_says_so(params, workplace):
    with pytest.raises(StudyError, match=r"data/hpo/joint/select/best\.yaml does not exist"):
        refit(params, "joint")
    assert not (workplace / "models").exists()


@pytest.mark.parametrize("asked", ["0", "abc"])
def test_a_wrong_worker_count_leaves_all_files_as_they_were(params, workplace, monkeypatch, asked):
    refit(params, "criteria")
    before = written(workplace, "models", "metrics")
    monkeypatch.setenv("HPO_WORKERS", asked)
    with pytest.raises(HpoError, match="HPO_WORKERS is not a number of workers"):
        refit(params, "criteria")
    assert written(workplace, "models", "metrics") == before
