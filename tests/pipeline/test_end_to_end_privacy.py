"""No sentence of the corpus leaves data/ and the DVC cache, no token is written, and nobody else is spoken to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stages import prepare
from tests.pipeline.conftest import FinishedRun
from tests.pipeline.leaks import attempts, leaks, network, outside, with_token
from tests.pipeline.project import HUB_TOKEN, dvc_fails, git, python
from tests.pipeline.shingles import corpus_shingles
from tests.pipeline.tiny_project import SOURCE, copied, make_project
from tests.stages.failing_stage import error_of


def test_a_whole_run_repeats_the_corpus_nowhere(finished: FinishedRun) -> None:
    names = {
        str(path.relative_to(finished.project))
        for path in outside(finished.project)
        if path.is_relative_to(finished.project)
    }
    assert {"metrics/prepare.json", "models/criteria/model.json", "data/predictions/criteria.csv", "dvc.lock"} <= names
    assert leaks(finished.project, finished.maximal + finished.output) == []


def test_a_leak_would_be_found(finished: FinishedRun, tmp_path: Path) -> None:
    project = copied(finished.project, tmp_path / "project")
    (project / ".hpo_work").mkdir(exist_ok=True)
    sentence = max((project / SOURCE / "posts.csv").read_text().splitlines(), key=len).split(",", 1)[1]
    (project / ".hpo_work/journal.jsonl").write_text(sentence)
    assert leaks(project, f"trial 3: {sentence}") == [project / ".hpo_work/journal.jsonl", f"trial 3: {sentence}"]


def test_a_whole_run_speaks_to_nobody(finished: FinishedRun) -> None:
    watched = "\n".join(network(finished.project))
    for stage in finished.stages:
        name, _, architecture = stage.partition("@")
        command = f"stages.{name.replace('hpo_', 'hpo ')} {architecture}".strip()
        assert f"watched: -m {command}" in watched
    assert "watched: -m dvc repro" in watched
    assert "shared_server" in watched  # the workers
    assert attempts(finished.project) == []


def test_an_attempt_to_speak_to_somebody_would_be_found(copy: Path) -> None:
    code = "import urllib.request as r\ntry: r.urlopen('http://example.org')\nexcept OSError as e: print(e)"
    assert "no network for example.org" in python(copy, code)
    assert len(attempts(copy)) == 1


def test_a_token_of_the_hub_turns_up_nowhere(finished: FinishedRun) -> None:
    assert HUB_TOKEN not in finished.maximal + finished.output
    assert with_token(HUB_TOKEN, finished.project.parent) == []
    assert git(finished.project, "log", "--all", "--oneline", f"-S{HUB_TOKEN}") == ""


def headers_swapped(first: str, second: str, file: str) -> Callable[[Path], None]:
    def change(source: Path) -> None:
        header, rest = (source / file).read_text().split("\n", 1)
        names = [{first: second, second: first}.get(name, name) for name in header.split(",")]
        (source / file).write_text(",".join(names) + "\n" + rest)

    return change


def torn(source: Path) -> None:
    path = source / "posts.csv"
    path.write_text(path.read_text().replace(" the ", ", "))


def no_text(source: Path) -> None:
    path = source / "posts.csv"
    path.write_bytes(path.read_bytes().replace(b" the ", b" \xff\xfe "))


def criteria_of_posts(source: Path) -> None:
    (source / "criteria.yaml").write_text((source / "posts.csv").read_text().replace(",", ": ") + "\n: - [")


FAULTS = {
    "texts for ids of posts": headers_swapped("post_id", "text", "posts.csv"),
    "sentences for labels": headers_swapped("sentence_text", "DSM5_symptom", "annotations.csv"),
    "sentences for statuses": headers_swapped("sentence_text", "status", "annotations.csv"),
    "torn records": torn,
    "no UTF-8": no_text,
    "posts for criteria": criteria_of_posts,
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny project before its first run."""
    return make_project(tmp_path_factory.mktemp("untouched") / "project")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_faulty_corpus_is_refused_without_its_words(
    untouched: Path,
    tmp_path: Path,
    fault: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = copied(untouched, tmp_path / "project")
    corpus = corpus_shingles(project / SOURCE)
    fault(project / SOURCE)
    monkeypatch.chdir(project)
    output = error_of(prepare.main, (), monkeypatch, capsys)
    assert leaks(project, output, corpus) == []


def test_dvc_repeats_no_words_of_a_faulty_corpus(copy: Path) -> None:
    corpus = corpus_shingles(copy / SOURCE)
    torn(copy / SOURCE)
    output = dvc_fails(copy, "repro", "prepare")
    assert "error: " in output
    assert "Traceback" not in output
    assert leaks(copy, output, corpus) == []


def test_a_diverging_search_repeats_the_corpus_nowhere(copy: Path) -> None:
    rates = [
        "training.defaults.learning_rate=1.0",
        "hpo.space.learning_rate.low=0.9",
        "hpo.space.learning_rate.high=1.0",
    ]
    output = dvc_fails(copy, "exp", "run", "hpo_s0@criteria", *(word for rate in rates for word in ("-S", rate)))
    assert "params.yaml has" not in output
    assert "error: the sanity search failed" in output
    assert leaks(copy, output) == []
    assert attempts(copy) == []
