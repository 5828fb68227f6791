"""The model cards."""

import warnings

import pytest
from huggingface_hub import ModelCard, metadata_load

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import read_json, write_json, write_yaml
from redsm5_hpo.core.folders import damaged_file
from redsm5_hpo.core.layout import TEST_EVALUATION, TEST_METRICS
from redsm5_hpo.evaluation.ledger import evaluation_of
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.inference.checkpoint import load_checkpoint, save_checkpoint
from redsm5_hpo.modeling.encoders.registry import REGISTRY
from redsm5_hpo.reporting.card_data import ENCODER_LICENSES
from redsm5_hpo.reporting.model_card import card, main, write_cards
from tests.training.builders import ARCHITECTURES, CRITERIA, PARAMS, ROOT, configured, spec

ORIGIN = {"stage": "hpo_s2", "stop_epoch": 2}


def saved(folder, architecture="share", encoder="minilm_l6"):
    """A checkpoint without weights, which a card does not read."""
    save_checkpoint(folder, spec(folder, architecture), configured(encoder), [1, 2], Calibration(), ORIGIN, CRITERIA)
    return load_checkpoint(folder)


def recorded(architecture):
    """The recorded test metrics of the demo."""
    return read_json(ROOT / "metrics" / architecture / "evaluate" / TEST_METRICS)


@pytest.fixture
def written(tmp_path):
    """The card of a model as the hub's client reads it."""

    def write(architecture="share", encoder="minilm_l6", source="demo"):
        checkpoint = saved(tmp_path / "model", architecture, encoder)
        text = card("redsm5-hpo-x", source, checkpoint, recorded(architecture), "0123456789abcdef")
        path = tmp_path / "README.md"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_hubs_client_reads_the_front_matter_without_a_warning(written, architecture):
    path = written(architecture)
    with warnings.catch_warnings(action="error"):
        found = ModelCard.load(path).data
    results = {result.metric_type: result.metric_value for result in found.eval_results}
    assert results == {
        name: round(recorded(architecture)[key], 4) for name, key in (("f1", "f1_macro"), ("accuracy",) * 2)
    }
    assert found.model_name == "redsm5-hpo-x"
    assert architecture in found.tags


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_front_matter_stays_the_same_when_the_hubs_client_writes_it(written, architecture):
    path = written(architecture)
    before = metadata_load(path)
    ModelCard.load(path).save(path)
    assert metadata_load(path) == before


LICENSES = {
    "the encoder's, for the invented demo": ("minilm_l6", "demo", "apache-2.0", None),
    "another encoder": ("roberta_base", "demo", "mit", None),
    "a corpus with terms": ("minilm_l6", "redsm5", "other", "encoder-and-corpus-terms"),
    "a local encoder": ("/home/me/encoder", "demo", "other", "encoder-and-corpus-terms"),
}


@pytest.mark.parametrize(("encoder", "source", "name", "full"), LICENSES.values(), ids=LICENSES)
def test_license(written, encoder, source, name, full):
    found = ModelCard.load(written(encoder=encoder, source=source)).data
    assert (found.license, found.license_name) == (name, full)


def test_every_encoder_of_the_registry_has_a_license():
    assert ENCODER_LICENSES.keys() == REGISTRY.keys()


def test_the_base_model_and_the_dataset_are_repositories_of_the_hub(written):
    found = ModelCard.load(written(encoder="roberta_base", source="redsm5")).data
    assert (found.base_model, found.datasets) == (["FacebookAI/roberta-base"], ["irlab-udc/redsm5"])


@pytest.mark.parametrize("encoder", ["a-lab/an-encoder", "a-lab/an-encoder@v1.0"])
def test_an_encoder_of_the_hub_outside_the_registry_is_shown_and_its_repository_is_the_base_model(written, encoder):
    path = written(encoder=encoder)
    assert f"- Encoder: {encoder}; license: unknown." in path.read_text()
    assert ModelCard.load(path).data.base_model == ["a-lab/an-encoder"]


def test_a_local_directory_with_the_name_of_a_repository_is_no_base_model(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-lab/an-encoder").mkdir(parents=True)
    path = written(encoder="a-lab/an-encoder")
    assert "- Encoder: a local directory; license: unknown." in path.read_text()
    assert ModelCard.load(path).data.base_model is None


def test_a_local_encoders_path_is_not_shown(written):
    path = written(encoder="/home/me/encoder")
    assert "/home/me" not in path.read_text()
    assert ModelCard.load(path).data.base_model is None


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_card_says_what_f1_macro_is(written, architecture):
    name = {
        "criteria": "macro F1 of the status",
        "evidence": "token F1 of the evidence, mean over criteria",
        "share": "mean of the macro F1 of the status and the token F1 of the evidence",
        "joint": "mean of the macro F1 of the status and the token F1 of the evidence",
    }[architecture]
    path = written(architecture)
    assert f"f1_macro is the {name}." in path.read_text()
    assert ModelCard.load(path).data.eval_results[0].metric_name == name
    assert ("F1 of the evidence |" in path.read_text()) is (architecture != "criteria")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_card_shows_the_score_with_its_interval_and_every_criterion(written, architecture):
    text, test = written(architecture).read_text(), recorded(architecture)
    ends = test["intervals"]["f1_macro"]
    assert f"| f1_macro | {test['f1_macro']:.3f} [{ends['low']:.3f}, {ends['high']:.3f}] |" in text
    for label, values in test["criteria"].items():
        assert f"| {label} | {values['f1']:.3f}" in text


def test_the_card_shows_the_calibration_error_beside_that_by_chance(tmp_path):
    probabilities = {"calibration_error": 0.134, "calibration_error_by_chance": 0.121}
    test = {**recorded("share"), "probabilities": probabilities}
    text = card("redsm5-hpo-x", "demo", saved(tmp_path), test, "0123456789abcdef")
    assert "| calibration_error | 0.134 |\n| calibration_error_by_chance | 0.121 |" in text


def test_the_card_says_how_many_criteria_of_a_post_are_predicted_and_annotated(tmp_path):
    test = {**recorded("share"), "post_level": {"criteria_per_post": {"true": 1.36, "predicted": 4.72}}}
    text = card("redsm5-hpo-x", "demo", saved(tmp_path), test, "0123456789abcdef")
    assert "every criterion of a test post it predicts 4.7 in the mean, and 1.4 are annotated." in text


STATEMENTS = ("It does not diagnose", "fit for no use at all", "does not beat every baseline", "load_predictor")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_card_says_what_the_model_is_not_for_and_how_it_is_loaded(written, statement):
    assert statement in written().read_text()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A working directory with an evaluated model of share."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path.relative_to(tmp_path) / "models/share"
    saved(folder)
    evaluated(folder, tmp_path / "data/metrics/share/evaluate")
    return tmp_path


def evaluated(model, metrics):
    """What evaluate leaves of a model of share."""
    (metrics / "posts.jsonl").parent.mkdir(parents=True)
    (metrics / "posts.jsonl").touch()
    write_json(metrics / TEST_METRICS, recorded("share"))
    write_json(metrics / TEST_EVALUATION, evaluation_of("share", model, metrics)._asdict())


def test_the_card_is_in_the_models_folder_and_no_part_of_the_checkpoint(project):
    (path,) = write_cards(PARAMS)
    assert path.resolve() == project / "models/share/README.md"
    assert damaged_file(path.parent) is None


@pytest.mark.usefixtures("project")
def test_writing_twice_writes_the_same_bytes_and_still_knows_the_evaluation():
    first = [path.read_bytes() for path in write_cards(PARAMS)]
    assert [path.read_bytes() for path in write_cards(PARAMS)] == first


def test_the_card_names_the_checkpoint_as_the_ledger_does(project):
    (path,) = write_cards(PARAMS)
    evaluation = read_json(project / "data/metrics/share/evaluate" / TEST_EVALUATION)
    assert f"that `metrics/test_ledger.jsonl` names `{evaluation['model'][:12]}…`" in path.read_text(encoding="utf-8")


def test_a_model_that_was_not_evaluated_as_it_is_is_an_error_with_the_remedy(project):
    save_checkpoint(
        project / "models/share", spec(project, "share"), configured("minilm_l6"), [3], Calibration(), ORIGIN, CRITERIA
    )
    with pytest.raises(HpoError, match=r"share was not evaluated(.|\n)*dvc repro report@share"):
        write_cards(PARAMS)


def test_an_evaluation_from_dvcs_cache_in_a_working_tree_whose_ledger_does_not_list_it_has_a_card(project):
    assert not (project / "metrics/test_ledger.jsonl").exists()
    assert len(write_cards(PARAMS)) == 1


@pytest.mark.usefixtures("project")
def test_a_model_of_the_maximal_search_that_was_not_evaluated_is_told_its_own_pipeline():
    saved(layout.checkpoint_folder("share", layout.MAXIMAL))
    with pytest.raises(HpoError, match=r"dvc repro maximal/dvc\.yaml:report_max@share"):
        write_cards(PARAMS)


def test_a_model_of_another_corpus_has_no_card(project, capsys):
    write_yaml(
        project / "dvc.lock",
        {
            "stages": {
                "split": {"outs": [{"path": "data/splits/test", "md5": "new"}]},
                "evaluate@share": {"deps": [{"path": "data/splits/test", "md5": "old"}]},
            }
        },
    )
    with pytest.raises(HpoError, match=r"no models/ARCH/model\.json of this corpus"):
        write_cards(PARAMS)
    assert "share: recorded on another corpus" in capsys.readouterr().err


def test_no_model_is_an_error_without_a_traceback(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HpoError, match="there is no model"):
        write_cards(PARAMS)


def test_the_command_prints_the_paths(project, capsys):
    (project / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    main()
    assert capsys.readouterr().out == "models/share/README.md\n"
