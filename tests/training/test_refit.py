"""The winner of a search fitted on train and val."""

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import read_json, write_yaml
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.refit import refit
from redsm5_hpo.training.saving import load_predictor
from tests.training.builders import CONFIGURATION, PARAMS, encoder, learnable_corpus, training, weights

SEEDS = (1, 2)


pytestmark = pytest.mark.usefixtures("server", "splits")


@pytest.fixture
def params(tiny, workplace):
    """Settings for a pipeline folder that holds a winner and splits."""
    write_yaml(
        workplace / "data/hpo/criteria/s2/best.yaml",
        {
            "configuration": CONFIGURATION.model_dump(mode="json"),
            "best_epoch": 2,
            "epochs": 4,
            "value": 0.75,
            "trial": 6,
            "stage": "s2",
        },
    )
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
    a_plan = FitPlan("criteria", params.encoder, params.training, 4, (splits / "train", splits / "val"), None)
    for seed, model in zip(SEEDS, load_predictor(workplace / "models/criteria").models, strict=True):
        assert weights(model) == weights(fit_all_epochs(a_plan, CONFIGURATION, seed, 2)[0])


def test_the_saved_model_answers(params, workplace):
    refit(params, "criteria")
    asked = examples(learnable_corpus(4), "criteria")
    answers, _ = load_predictor(workplace / "models/criteria").predict(asked)
    assert len(answers) == len(asked)


def test_it_says_where_the_configuration_comes_from(params, workplace):
    refit(params, "criteria")
    description = read_json(workplace / "models/criteria/model.json")
    assert description["origin"] == {"stage": "s2", "trial": 6, "value": 0.75, "epochs": 2}


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


def test_without_a_winner_it_says_so(params, workplace):
    with pytest.raises(StudyError, match=r"data/hpo/joint/s2/best\.yaml does not exist"):
        refit(params, "joint")
    assert not (workplace / "models").exists()
