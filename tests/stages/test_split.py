"""The stage split, on the files of prepare."""

import json
import shutil
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.files import write_json
from redsm5_hpo.core.folders import seal
from redsm5_hpo.corpus.records import Corpus, Pair, Sentence, Span
from stages import split
from tests.corpus.builders import corpus, synthetic_corpus
from tests.stages.failing_stage import error_of

ROOT = Path(__file__).parents[2]
LONG = "one two three four five six seven eight nine ten eleven twelve"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    synthetic_corpus(40).save(tmp_path / "data/prepared")
    write_json(tmp_path / "data/prepared/splits.json", None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_three_corpora_and_their_counts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split.main()
    printed = capsys.readouterr().out
    counts = json.loads((project / "metrics/split.json").read_text())
    for name in ("train", "val", "test"):
        corpus = Corpus.load(project / "data/splits" / name)
        assert counts[name]["posts"] == len(corpus.posts) > 0
        assert f"{name}: {len(corpus.posts)} posts" in printed
    assert counts["leakage"]["groups"] == 0


def test_it_prints_the_minimum_detectable_differences(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split.main()
    found = json.loads((project / "metrics/split.json").read_text())["minimum_detectable_difference"]
    assert f"on sentences {found['status_of_sentences_at_70']:.3f}" in capsys.readouterr().out


def test_it_reads_only_the_prepared_corpus(project: Path) -> None:
    assert not (project / "data/raw").exists()
    split.main()


def test_a_missing_prepared_corpus_names_the_file_and_the_remedy(project: Path) -> None:
    shutil.rmtree(project / "data/prepared")
    with pytest.raises(CorpusError, match=r"splits\.json does not exist(?s:.*)dvc repro"):
        split.main()


def test_leaking_predefined_splits_leave_no_files(project: Path) -> None:
    prepared = project / "data/prepared"
    corpus = Corpus.load(prepared)
    with (prepared / "posts.jsonl").open("a") as stream:
        for name in ("one", "two"):
            stream.write(json.dumps({"post_id": name, "text": LONG}) + "\n")
    splits = {post.post_id: "train" for post in corpus.posts} | {"p0": "val", "one": "test", "two": "train"}
    write_json(prepared / "splits.json", splits)
    seal(prepared)
    with pytest.raises(CorpusError, match=r"'two' \(train\) and 'one' \(test\): similarity 1\.000"):
        split.main()
    assert not (project / "data/splits").exists()
    assert not (project / "metrics").exists()


HOPELESS = {
    "four posts, one annotated": ((("LOW", 1),), "val has no sentence"),
    "a corpus of one class": ((("LOW", 0),) * 8, "train has no present pair"),
}


@pytest.mark.parametrize(("rows", "message"), HOPELESS.values(), ids=HOPELESS)
def test_splits_that_nothing_can_be_learned_from_are_one_error_and_leave_no_files(
    project: Path,
    rows: tuple[tuple[str, int], ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    posts = {f"p{number}": f"I am low on day {number}." for number in range(max(4, len(rows)))}
    whole = corpus(
        posts,
        [Pair(f"p{n}", label, status, True, (Span(0, 4, "exact"),) * status) for n, (label, status) in enumerate(rows)],
        [Sentence(f"p{n}", "s", label, "I am", status) for n, (label, status) in enumerate(rows)],
    )
    write_json(project / "data/prepared/splits.json", None)
    whole.save(project / "data/prepared")
    printed = error_of(split.main, (), monkeypatch, capsys)
    assert "no architecture can be trained and scored on these splits" in printed
    assert message in printed
    assert "\n  got: train " in printed
    assert "\n  allowed: present and absent" in printed
