"""The stage prepare, in a folder with params.yaml and data/raw."""

import json
import shutil
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Corpus
from stages import prepare
from tests.corpus.builders import POSTS, ROWS, write_source

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    write_source(tmp_path / "data/raw/demo")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_corpus_and_its_counts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare.main()
    assert len(Corpus.load(project / "data/prepared").posts) == 3
    counts = json.loads((project / "metrics/prepare.json").read_text())
    assert counts["alignment"]["exact"] == 2
    assert capsys.readouterr().out.startswith("demo: 3 posts, 3 annotation rows")


def test_a_second_run_writes_the_same_bytes(project: Path) -> None:
    written = []
    for _ in range(2):
        prepare.main()
        files = [*sorted((project / "data/prepared").iterdir()), project / "metrics/prepare.json"]
        written.append([(path.name, path.read_bytes()) for path in files])
    assert written[0] == written[1]


@pytest.mark.parametrize("splits", [None, [("p1", "train"), ("p2", "val"), ("p3", "test")]], ids=["none", "predefined"])
def test_predefined_splits_are_saved_with_the_corpus(project: Path, splits: list[tuple[str, str]] | None) -> None:
    write_source(project / "data/raw/demo", splits=splits)
    prepare.main()
    assert json.loads((project / "data/prepared/splits.json").read_text()) == (dict(splits) if splits else None)


def test_rows_that_do_not_align_are_a_warning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stray = ("p3", "p3_0", "Something nobody has ever written.", "FATIGUE", "1", "")
    write_source(project / "data/raw/demo", rows=[*ROWS, stray])
    prepare.main()
    printed = capsys.readouterr()
    assert printed.err.startswith("warning: 1 of 3 present annotation rows")
    assert "data/prepared/unaligned.csv" in printed.err
    listed = (project / "data/prepared/unaligned.csv").read_text()
    assert listed == "post_id,sentence_id,label\np3,p3_0,FATIGUE\n"
    assert "nobody" not in printed.out + printed.err


def test_what_a_spreadsheet_adds_is_left_out_counted_and_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = project / "data/raw/demo"
    (source / "posts.csv").write_text(",post_id , text\n0,p1,I am tired. I cannot sleep.\n1,p2,Hello there.\n,,\n,,\n")
    (source / "annotations.csv").write_bytes((source / "annotations.csv").read_bytes() + b",,,,,\n")
    prepare.main()
    assert json.loads((project / "metrics/prepare.json").read_text())["blank_rows"] == 3
    assert capsys.readouterr().err.splitlines()[:3] == [
        "warning: posts.csv: the nameless column 1 (an index, or a comma at the end of each line) is a column that "
        "nothing reads",
        "warning: posts.csv: 2 blank row(s) are left out",
        "warning: annotations.csv: 1 blank row(s) are left out",
    ]


def test_placeholder_posts_and_their_rows_are_left_out_and_counted_by_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = [("g1", "[removed]"), ("g2", " [Deleted]\n"), ("g3", "[ Removed by Reddit ]")]
    write_source(
        project / "data/raw/demo",
        posts=[*POSTS, *gone],
        rows=[*ROWS, ("g1", "g_0", "I was here.", "FATIGUE", "1", ""), ("g2", "g_1", "x", "FATIGUE", "0", "")],
        splits=[("p1", "train"), ("p2", "val"), ("p3", "test"), *((post, "test") for post, _ in gone)],
    )
    prepare.main()
    counts = json.loads((project / "metrics/prepare.json").read_text())
    assert counts["placeholder_posts"] == {"removed": 2, "deleted": 1}
    assert counts["placeholder_rows"] == {"removed": 1, "deleted": 1}
    assert counts["posts"]["total"] == len(POSTS)
    assert counts["sentences"]["total"] == len(ROWS)
    assert set(json.loads((project / "data/prepared/splits.json").read_text())) == {"p1", "p2", "p3"}
    assert "warning: 2 post(s) whose whole text is [removed] are left out, with 1 annotation row(s)" in (
        capsys.readouterr().err
    )


def test_an_invalid_corpus_leaves_no_files(project: Path) -> None:
    write_source(project / "data/raw/demo", rows=[("ghost", "g", "x", "FATIGUE", "1", "")])
    with pytest.raises(CorpusError):
        prepare.main()
    assert not (project / "metrics").exists()
    assert [path.name for path in (project / "data").iterdir()] == ["raw"]
