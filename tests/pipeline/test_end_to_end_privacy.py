"""No sentence of the corpus leaves data/ and the DVC cache, no token is written, and nobody else is spoken to."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import FinishedRun
from tests.pipeline.fake_studio import studio
from tests.pipeline.kills import Blow, run_under
from tests.pipeline.project import HUB_TOKEN, dvc, dvc_fails, dvc_without_network, forget, git, python, stages_run
from tests.pipeline.shingles import corpus_shingles, repeating, shingles
from tests.pipeline.tiny_project import SOURCE, copied

TRIES = 6
STUDIO_TOKEN = "isat_" + "Canary" * 5
TEXT = ("data/raw", "data/prepared", "data/splits", ".dvc/cache", ".git")


def outside(project: Path) -> list[Path]:
    """Every file of the project and what was written beside it, but the corpus, what holds its texts, and git's own."""
    files = [path for path in project.rglob("*") if not str(path.relative_to(project)).startswith(TEXT)]
    files += [path for beside in project.parent.glob(f"{project.name}.*") for path in [beside, *beside.rglob("*")]]
    return [path for path in files if path.is_file()]


def leaks(project: Path, said: str, corpus: set[tuple[str, ...]] | None = None) -> list[object]:
    """The files and the lines that repeat the corpus, which is the project's unless given."""
    corpus = corpus or corpus_shingles(project / SOURCE)
    return [*repeating(outside(project), corpus), *(line for line in said.splitlines() if shingles(line) & corpus)]


def network(project: Path) -> list[str]:
    return project.with_name(f"{project.name}.network").read_text().splitlines()


def attempts(project: Path) -> list[str]:
    return [line for line in network(project) if not line.startswith("watched: ")]


def with_token(token: str, *folders: Path) -> list[Path]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if token.encode() in path.read_bytes()]


def test_a_whole_run_repeats_the_corpus_nowhere(finished: FinishedRun) -> None:
    names = {
        str(path.relative_to(finished.project))
        for path in outside(finished.project)
        if path.is_relative_to(finished.project)
    }
    assert {"metrics/prepare.json", "models/criteria/model.json", "data/predictions/criteria.csv", "dvc.lock"} <= names
    assert leaks(finished.project, finished.said) == []


def test_a_leak_would_be_found(finished: FinishedRun, tmp_path: Path) -> None:
    project = copied(finished.project, tmp_path / "project")
    (project / ".hpo_work").mkdir(exist_ok=True)
    sentence = max((project / SOURCE / "posts.csv").read_text().splitlines(), key=len).split(",", 1)[1]
    (project / ".hpo_work/journal.jsonl").write_text(sentence)
    assert leaks(project, f"trial 3: {sentence}") == [project / ".hpo_work/journal.jsonl", f"trial 3: {sentence}"]


def test_a_whole_run_speaks_to_nobody(finished: FinishedRun) -> None:
    watched = "\n".join(network(finished.project))
    for stage in stages_run(finished.said):
        name, _, architecture = stage.partition("@")
        command = f"stages.{name.replace('hpo_', 'hpo ')} {architecture}".strip()
        assert f"watched: -m {command}" in watched
    assert "watched: -m dvc repro" in watched
    assert "run_server" in watched  # the workers
    assert attempts(finished.project) == []


def test_an_attempt_to_speak_to_somebody_would_be_found(copy: Path) -> None:
    code = "import urllib.request as r\ntry: r.urlopen('http://example.org')\nexcept OSError as e: print(e)"
    assert "no network for example.org" in python(copy, code)
    assert len(attempts(copy)) == 1


def test_a_token_of_the_hub_turns_up_nowhere(finished: FinishedRun) -> None:
    assert HUB_TOKEN not in finished.said
    assert with_token(HUB_TOKEN, finished.project.parent) == []
    assert git(finished.project, "log", "--all", "--oneline", f"-S{HUB_TOKEN}") == ""


def test_a_run_needs_no_network(copy: Path) -> None:
    stages = [f"{name}@criteria" for name in ("hpo_s1", "refit", "evaluate")]
    forget(copy, *stages)
    assert stages_run(dvc_without_network(copy, "repro", "--no-run-cache", stages[-1])) == stages


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


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_faulty_corpus_is_refused_without_its_words(copy: Path, fault: Callable[[Path], None]) -> None:
    corpus = corpus_shingles(copy / SOURCE)
    fault(copy / SOURCE)
    said = dvc_fails(copy, "repro", "prepare")
    assert "error: " in said
    assert "Traceback" not in said
    assert leaks(copy, said, corpus) == []


def test_a_diverging_search_repeats_the_corpus_nowhere(copy: Path) -> None:
    rates = [
        "training.defaults.learning_rate=1.0",
        "hpo.space.learning_rate.low=0.9",
        "hpo.space.learning_rate.high=1.0",
    ]
    said = dvc_fails(copy, "exp", "run", "hpo_s0@criteria", *(word for rate in rates for word in ("-S", rate)))
    assert "params.yaml has" not in said
    assert "error: the sanity search broke" in said
    assert leaks(copy, said) == []
    assert attempts(copy) == []


@pytest.mark.parametrize("target", ["worker", "driver"])
def test_a_killed_search_repeats_the_corpus_nowhere(copy: Path, target: str) -> None:
    hit, said = False, ""
    for _ in range(TRIES):  # the tiny study may be over before anybody can strike
        forget(copy, "hpo_s1@criteria")
        hit, said = run_under(copy, "hpo_s1@criteria", Blow(target, signal.SIGKILL, "a trial", 0.0))
        if hit:
            break
    assert hit
    assert list((copy / ".hpo_work").glob("*/journal.jsonl"))
    assert leaks(copy, said) == []
    assert with_token(HUB_TOKEN, copy) == []


def test_studio_is_told_numbers_and_no_text(copy: Path) -> None:
    with studio() as received:
        asked = {
            "DVC_STUDIO_URL": received.url,
            "DVC_STUDIO_TOKEN": STUDIO_TOKEN,
            "DVC_STUDIO_REPO_URL": "git@x.org:a/b",
        }
        said = dvc(copy, "exp", "run", "evaluate@criteria", "-S", "hpo.s2.trials=2", **asked)
    assert received.kinds() == {"start", "data", "done"}
    assert received.tokens == {f"token {STUDIO_TOKEN}"}
    assert any("f1_macro" in body for body in received.bodies)
    posted = "\n".join([*received.bodies, said])
    assert STUDIO_TOKEN not in posted
    assert HUB_TOKEN not in posted
    assert leaks(copy, posted) == []
    assert with_token(STUDIO_TOKEN, copy.parent) == []
    assert attempts(copy) == []
