"""The one look at test."""

import csv
import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.folders import seal
from redsm5_hpo.corpus.records import Corpus, Span
from redsm5_hpo.errors import CorpusError, HpoError
from redsm5_hpo.files import read_json
from redsm5_hpo.reporting.evaluation import evaluate
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.floors import majority_floor
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.model_folder import DEFAULT_MODEL, save_description
from redsm5_hpo.training.saving import load_predictor, save_seed
from redsm5_hpo.training.scoring import score
from redsm5_hpo.training.winner import Winner
from tests.training.builders import ARCHITECTURES, CONFIGURATION, PARAMS, ROOT, encoder, learnable_corpus, plan

pytestmark = pytest.mark.usefixtures("server")  # every evaluation asks workers

WHOLE = (Span(0, 5, "exact"),)
WINNER = Winner(configuration=CONFIGURATION, best_epoch=1, epochs=3, value=0.75, trial=3, stage="s2")


def refitted(folder, bert, architecture):
    """A pipeline folder with splits and a refitted model of an architecture."""
    splits = folder / "data/splits"
    for name, size, first in (("train", 8, 0), ("val", 8, 16), ("test", 8, 24)):
        learnable_corpus(size, first).save(splits / name)
    a_plan = plan(splits, architecture, encoder(bert))
    directory = folder / "models" / architecture
    model, _ = fit_all_epochs(a_plan, CONFIGURATION, 1, 1)
    save_seed(directory, 1, model, tokenizers(architecture, a_plan.encoder))
    save_description(directory, a_plan, WINNER, [1])
    return folder


@pytest.fixture(scope="module")
def evaluated(tiny, tmp_path_factory):
    """Gives the folder of an architecture that is evaluated, made once, for tests that only look at it."""

    @cache
    def made(architecture):
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path_factory.mktemp(architecture))  # the token cache is a relative path
            folder = refitted(Path.cwd(), tiny["bert"], architecture)
            evaluate(PARAMS, architecture)
        return folder

    return made


@pytest.fixture
def copied(evaluated, tmp_path, monkeypatch):
    """Makes such a folder the working directory, to work in."""

    def copy(architecture):
        shutil.copytree(evaluated(architecture), tmp_path, dirs_exist_ok=True)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return copy


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_writes_metrics_plots_and_predictions_of_every_example(evaluated, architecture):
    folder = evaluated(architecture)
    result = read_json(folder / f"metrics/{architecture}/test.json")
    assert {"f1_macro", "loss", "accuracy", "floors", "beats_floor", "test_looks"} < set(result)
    for name in (f"metrics/{architecture}/confusion.csv", f"data/predictions/{architecture}.csv"):
        with (folder / name).open(newline="") as stream:
            assert len(list(csv.DictReader(stream))) == result["examples"] == 16
    lines = (folder / f"metrics/{architecture}/criteria.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["criterion", "MOOD", "SLEEP"]


POST_LEVEL = {"criteria": True, "evidence": False, "share": True, "joint": True}


@pytest.mark.parametrize(("architecture", "scored"), POST_LEVEL.items(), ids=POST_LEVEL)
def test_whole_posts_are_scored_where_a_status_is_learned(evaluated, architecture, scored):
    result = read_json(evaluated(architecture) / f"metrics/{architecture}/test.json")
    assert ("post_level" in result) is scored
    assert not scored or result["post_level"]["posts"] == 8


def leaves(value, *path):
    """The path of every number of a metrics file."""
    if not isinstance(value, dict):
        return {path}
    return {leaf for name, below in value.items() for leaf in leaves(below, *path, name)}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_readme_explains_every_number(evaluated, architecture):
    section = (ROOT / "README.md").read_text().split("\n## Results\n")[1].split("\n## ")[0]
    explained = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", section))))
    numbers = leaves(read_json(evaluated(architecture) / f"metrics/{architecture}/test.json"))
    names = {part for path in numbers for part in path if not part.isdigit()} - {"MOOD", "SLEEP"}
    assert names - explained == set()


def test_the_floor_is_that_of_train(evaluated):
    expected = majority_floor("share", learnable_corpus(8), learnable_corpus(8, 24))
    assert read_json(evaluated("share") / "metrics/share/test.json")["floors"]["majority"]["f1_macro"] == expected


def test_two_evaluations_write_the_same_bytes(copied):
    def written():
        files = [*(folder / "metrics/joint").iterdir(), folder / "data/predictions/joint.csv"]
        return {path.name: path.read_bytes() for path in files}

    folder = copied("joint")
    first = written()
    for path in (*(folder / "metrics/joint").iterdir(), folder / "data/predictions/joint.csv"):
        path.unlink()
    evaluate(PARAMS, "joint")
    assert written() == first


def test_a_shipped_default_configuration_has_no_rival_but_itself(evaluated):
    result = read_json(evaluated("criteria") / "metrics/criteria/test.json")
    assert result["floors"]["default"]["f1_macro"] == result["f1_macro"]


def test_the_default_configuration_is_compared_by_what_its_own_model_predicts(copied):
    folder = copied("share")
    beside, asked = folder / "models/share" / DEFAULT_MODEL, examples(learnable_corpus(8, 24), "share")
    shutil.copytree(folder / "models/share", beside)
    heads = load_file(beside / "seed-1/heads.safetensors")
    save_file({name: -weight for name, weight in heads.items()}, beside / "seed-1/heads.safetensors")
    seal(beside)
    seal(folder / "models/share")
    evaluate(PARAMS, "share")
    result = read_json(folder / "metrics/share/test.json")
    expected = score("share", asked, load_predictor(beside).predict(asked).answers).f1_macro
    assert result["floors"]["default"]["f1_macro"] == pytest.approx(expected)
    assert expected != pytest.approx(result["f1_macro"])


def test_no_word_of_a_post_leaves_with_the_results(evaluated):
    folder = evaluated("share")
    written = [
        path.read_text() for path in (*(folder / "metrics").rglob("*.*"), *(folder / "data/predictions").iterdir())
    ]
    assert len(written) == 8
    assert not any("hopeless" in content or "mother" in content for content in written)


def test_it_does_not_need_the_search(evaluated):
    folder = evaluated("criteria")
    assert not (folder / "data/hpo").exists()
    assert (folder / "metrics/criteria/test.json").exists()


def test_a_test_part_without_examples_is_refused(copied):
    folder = copied("share")
    corpus = learnable_corpus(4)
    Corpus(corpus.posts, corpus.sentences, (), corpus.criteria).save(folder / "data/splits/test")
    with pytest.raises(CorpusError, match="test holds no example for share"):
        evaluate(PARAMS, "share")


def test_a_missing_model_is_named(copied):
    copied("criteria")
    with pytest.raises(HpoError, match="models/evidence holds no whole model"):
        evaluate(PARAMS, "evidence")


def test_what_is_said_of_test_does_not_depend_on_its_labels(copied):
    folder = copied("share")
    said = ("predicted_status", "status_log_odds", "span_log_odds", "predicted_start", "predicted_end")

    def predictions():
        with (folder / "data/predictions/share.csv").open(newline="") as stream:
            return [[row[name] for name in said] for row in csv.DictReader(stream)]

    before = predictions()
    test = Corpus.load(folder / "data/splits/test")
    turned = tuple(replace(pair, status=1 - pair.status, spans=() if pair.status else WHOLE) for pair in test.pairs)
    replace(test, pairs=turned).save(folder / "data/splits/test")
    (folder / "data/predictions/share.csv").unlink()
    evaluate(PARAMS, "share")
    assert predictions() == before


def test_the_readmes_example_loads_a_model_and_predicts(copied, capsys):
    copied("criteria")
    code = (ROOT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    exec(code, {})  # noqa: S102 (our own)
    assert float(capsys.readouterr().out) != 0
