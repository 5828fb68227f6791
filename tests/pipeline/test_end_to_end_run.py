"""`dvc repro` from nothing to the evaluation of all four architectures, and what lies there afterwards."""

import re
from pathlib import Path

import pytest

from redsm5_hpo.core.files import read_json
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.evaluation.prediction_files import write_predictions
from redsm5_hpo.inference.predictor import load_predictor
from tests.pipeline.conftest import FinishedRun
from tests.pipeline.definition import PARAMS, ROOT
from tests.pipeline.project import UP_TO_DATE, cached_stages, dvc, stages_run
from tests.pipeline.shingles import corpus_shingles, repeating
from tests.pipeline.tiny_project import SOURCE, TRIALS

ARCHITECTURES: list[Architecture] = PARAMS["architectures"]
CHAIN = ("hpo_s0", "hpo_s1", "hpo_s2", "select", "refit", "evaluate", "report")


def shared_files(project: Path) -> list[Path]:
    """What may be shown to others: all but the corpus, what is made of it, and weights."""
    folders = [
        path
        for name in ("metrics", "data/hpo", "data/metrics", "data/predictions")
        for path in (project / name).rglob("*")
    ]
    return [*(path for path in folders if path.is_file()), *(project / "models").rglob("*.json"), project / "dvc.lock"]


def written_by_us(project: Path) -> list[Path]:
    """Those of them that are ours to word: a tokenizer's JSON is the encoder's."""
    return [path for path in shared_files(project) if "encoder-0" not in path.parts and "encoder-1" not in path.parts]


def test_every_stage_runs_once_for_each_architecture(finished: FinishedRun) -> None:
    chains = {f"{stage}@{architecture}" for stage in CHAIN for architecture in ARCHITECTURES}
    assert len(finished.stages) == len(set(finished.stages))
    assert set(finished.stages) == {"prepare", "split", *chains}


def test_every_stage_says_its_place_and_a_log_file_gets_no_carriage_return(finished: FinishedRun) -> None:
    total = len(finished.stages)
    done = total - len(stages_run(finished.output))  # by the maximal search before
    places = re.findall(r"^stage (\d+) of (\d+)", finished.output, re.MULTILINE)
    assert places == [(str(place), str(total)) for place in range(done + 1, total + 1)]
    assert "\r" not in finished.maximal + finished.output


def test_every_architecture_is_searched_and_evaluated(finished: FinishedRun) -> None:
    for architecture in ARCHITECTURES:
        metrics = finished.project / "metrics" / architecture
        for stage, trials in TRIALS.items():
            assert sum(read_json(metrics / f"hpo_{stage}/study.json")["trials"].values()) == trials
        assert 0 <= read_json(metrics.with_suffix(".json"))["f1_macro"] <= 1


def test_a_second_run_does_nothing(copy: Path) -> None:
    output = dvc(copy, "repro")
    assert UP_TO_DATE in output
    assert stages_run(output) + cached_stages(output) == []


def test_nothing_that_is_shared_repeats_the_corpus(finished: FinishedRun) -> None:
    files = shared_files(finished.project)
    assert {path.suffix for path in files} >= {".csv", ".json", ".jsonl", ".log", ".lock", ".tsv", ".yaml"}
    assert repeating(files, corpus_shingles(finished.project / SOURCE)) == []


def test_nothing_that_is_shared_names_a_folder_of_this_machine(finished: FinishedRun) -> None:
    here = (str(finished.project.parent), str(ROOT))
    naming = [path for path in shared_files(finished.project) if any(name in path.read_text() for name in here)]
    assert naming == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_loaded_model_predicts_what_evaluate_wrote(
    finished: FinishedRun, architecture: Architecture, tmp_path: Path
) -> None:
    test = examples(Corpus.load(finished.project / "data/splits/test"), architecture)
    predictions = load_predictor(finished.project / "models" / architecture).predict(test).predictions
    write_predictions(tmp_path / "predictions.csv", test, predictions)
    expected = finished.project / f"data/predictions/{architecture}.csv"
    assert (tmp_path / "predictions.csv").read_text() == expected.read_text()
