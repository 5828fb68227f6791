"""The stage evaluate: its files, and what they depend on."""

import csv
import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from redsm5_hpo.core.errors import CorpusError, HpoError
from redsm5_hpo.core.files import read_json, read_jsonl, write_json
from redsm5_hpo.core.folders import seal
from redsm5_hpo.core.layout import MULTI_STAGE
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.records import Corpus, Span
from redsm5_hpo.evaluation.evaluate import evaluate
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.inference.checkpoint import DEFAULT_MODEL, save_checkpoint
from redsm5_hpo.inference.predictor import load_predictor, save_seed
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.majority_baseline import majority_baseline
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.scoring import score
from tests.training.builders import ARCHITECTURES, CRITERIA, PARAMS, ROOT, configured, learnable_corpus, spec

pytestmark = pytest.mark.usefixtures("server")  # every evaluation starts workers

SPANS = (Span(0, 5, "exact"),)
ORIGIN = {"stop_epoch": 1, "epochs": 3, "value": 0.75, "trial": None, "stage": "default", "comparison": {}}


def refitted(folder, bert, architecture):
    """A pipeline folder with splits and a refitted model of an architecture."""
    splits = folder / "data/splits"
    for name, size, first in (("train", 8, 0), ("val", 8, 16), ("test", 8, 24)):
        learnable_corpus(size, first).save(splits / name)
    made, configuration, directory = spec(splits, architecture), configured(bert), folder / "models" / architecture
    model, _ = fit_all_epochs(made, configuration, 1, 1)
    save_seed(directory, 1, model, tokenizers(architecture, configuration.encoder_params))
    save_checkpoint(directory, made, configuration, [1], Calibration(), ORIGIN, CRITERIA)
    return folder


def result_of(folder, architecture):
    """The content of details.json."""
    return read_json(folder / f"data/metrics/{architecture}/evaluate/details.json")


@pytest.fixture(scope="module")
def evaluated(tiny, tmp_path_factory):
    """Gives the folder of an evaluated architecture, made once, for tests that only read it."""

    @cache
    def made(architecture):
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path_factory.mktemp(architecture))  # the token cache is a relative path
            folder = refitted(Path.cwd(), tiny["bert"], architecture)
            evaluate(PARAMS, architecture, MULTI_STAGE)
        return folder

    return made


@pytest.fixture
def copied(evaluated, tmp_path, monkeypatch):
    """Makes a copy of such a folder the working directory."""

    def copy(architecture):
        shutil.copytree(evaluated(architecture), tmp_path, dirs_exist_ok=True)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return copy


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_writes_metrics_plots_and_predictions_of_every_example(evaluated, architecture):
    folder = evaluated(architecture)
    result = result_of(folder, architecture)
    assert {"f1_macro", "loss", "accuracy", "baselines", "beats_baselines", "test_evaluations"} < set(result)
    for name in (f"data/metrics/{architecture}/evaluate/confusion.csv", f"data/predictions/{architecture}.csv"):
        with (folder / name).open(newline="") as stream:
            assert len(list(csv.DictReader(stream))) == result["examples"] == 16


def test_the_line_of_the_ledger_is_beside_the_numbers(evaluated):
    folder = evaluated("criteria")
    written = read_json(folder / "data/metrics/criteria/evaluate/evaluation.json")
    assert read_jsonl(folder / "metrics/test_ledger.jsonl") == [written]


POST_LEVEL = {"criteria": True, "evidence": False, "share": True, "joint": True}


@pytest.mark.parametrize(("architecture", "scored"), POST_LEVEL.items(), ids=POST_LEVEL)
def test_whole_posts_are_scored_if_the_architecture_has_a_status(evaluated, architecture, scored):
    result = result_of(evaluated(architecture), architecture)
    assert ("post_level" in result) is scored
    assert not scored or result["post_level"]["posts"] == 8


def leaves(value, *path):
    """The path of every number of a metrics file."""
    if not isinstance(value, dict):
        return {path}
    return {leaf for name, below in value.items() for leaf in leaves(below, *path, name)}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_docs_explain_every_number(evaluated, architecture):
    page = (ROOT / "docs/results.md").read_text().split("```python")[0]
    explained = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", page))))
    numbers = leaves(result_of(evaluated(architecture), architecture))
    names = {key for path in numbers for key in path if not key.isdigit()} - {"MOOD", "SLEEP"}
    assert names - explained == set()


def test_the_majority_is_that_of_train_and_val(evaluated):
    expected = majority_baseline("share", learnable_corpus(24), learnable_corpus(8, 24))
    assert result_of(evaluated("share"), "share")["baselines"]["majority"]["f1_macro"] == expected


def test_two_evaluations_write_the_same_bytes(copied):
    def files():
        return [*(folder / "data/metrics/joint/evaluate").iterdir(), folder / "data/predictions/joint.csv"]

    folder = copied("joint")
    first = {path: path.read_bytes() for path in files()}
    for path in files():
        path.unlink()
    evaluate(PARAMS, "joint", MULTI_STAGE)
    assert {path: path.read_bytes() for path in files()} == first


def test_a_default_configuration_that_is_kept_is_compared_with_itself(evaluated):
    result = result_of(evaluated("criteria"), "criteria")
    assert result["baselines"]["default"]["f1_macro"] == result["f1_macro"]


def test_where_the_default_configuration_failed_in_the_selection_nothing_is_compared_with_it(copied):
    folder = copied("share")
    model = folder / "models/share/model.json"
    saved = read_json(model)
    write_json(model, saved | {"origin": saved["origin"] | {"stage": "s2", "trial": 3}})
    seal(folder / "models/share")
    evaluate(PARAMS, "share", MULTI_STAGE)
    assert "default" not in result_of(folder, "share")["baselines"]


def test_near_duplicates_of_test_are_one_post_to_intervals(copied):
    folder = copied("criteria")
    test = Corpus.load(folder / "data/splits/test")
    repeated = [
        replace(post, post_id=f"again{number}", text=test.posts[0].text) for number, post in enumerate(test.posts)
    ]
    replace(test, posts=(*test.posts, *repeated)).save(folder / "data/splits/test")
    before = result_of(folder, "criteria")
    evaluate(PARAMS, "criteria", MULTI_STAGE)
    after = result_of(folder, "criteria")
    assert after["intervals"] == before["intervals"]


def test_the_default_configuration_is_scored_by_the_predictions_of_its_own_model(copied):
    folder = copied("share")
    default, scored = folder / "models/share" / DEFAULT_MODEL, examples(learnable_corpus(8, 24), "share")
    shutil.copytree(folder / "models/share", default)
    heads = load_file(default / "seed-1/heads.safetensors")
    save_file({name: -weight for name, weight in heads.items()}, default / "seed-1/heads.safetensors")
    seal(default)
    seal(folder / "models/share")
    evaluate(PARAMS, "share", MULTI_STAGE)
    result = result_of(folder, "share")
    expected = score("share", scored, load_predictor(default).predict(scored).predictions).f1_macro
    assert result["baselines"]["default"]["f1_macro"] == pytest.approx(expected)
    assert expected != pytest.approx(result["f1_macro"])


def test_no_text_of_a_post_is_in_the_results(evaluated):
    folder = evaluated("share")
    folders = (folder / name for name in ("data/metrics", "data/predictions", "metrics"))
    written = [path.read_text() for each in folders for path in each.rglob("*.*")]
    assert len(written) == 8
    assert not any("hopeless" in content or "mother" in content for content in written)


def test_it_does_not_need_the_search(evaluated):
    folder = evaluated("criteria")
    assert not (folder / "data/hpo").exists()
    assert result_of(folder, "criteria")


def test_a_test_split_without_examples_is_refused(copied):
    folder = copied("share")
    corpus = learnable_corpus(4)
    Corpus(corpus.posts, corpus.sentences, (), corpus.criteria).save(folder / "data/splits/test")
    with pytest.raises(CorpusError, match="test has no example for share"):
        evaluate(PARAMS, "share", MULTI_STAGE)


def test_a_missing_model_is_named(copied):
    copied("criteria")
    with pytest.raises(HpoError, match="models/evidence is not a complete checkpoint"):
        evaluate(PARAMS, "evidence", MULTI_STAGE)


def test_predictions_do_not_depend_on_the_labels_of_test(copied):
    folder = copied("share")
    columns = ("predicted_status", "status_log_odds", "span_log_odds", "predicted_start", "predicted_end")

    def predictions():
        with (folder / "data/predictions/share.csv").open(newline="") as stream:
            return [[row[name] for name in columns] for row in csv.DictReader(stream)]

    before = predictions()
    test = Corpus.load(folder / "data/splits/test")
    flipped = tuple(replace(pair, status=1 - pair.status, spans=() if pair.status else SPANS) for pair in test.pairs)
    replace(test, pairs=flipped).save(folder / "data/splits/test")
    (folder / "data/predictions/share.csv").unlink()
    evaluate(PARAMS, "share", MULTI_STAGE)
    assert predictions() == before


def test_the_example_of_the_docs_loads_a_model_and_predicts(copied, capsys):
    copied("criteria")
    code = (ROOT / "docs/results.md").read_text().split("```python\n")[1].split("```")[0]
    exec(code, {})  # noqa: S102 (our own)
    assert float(capsys.readouterr().out) != 0
