"""A raw corpus directory, read whole or refused whole."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.raw.definitions import DEFINITIONS
from redsm5_hpo.corpus.raw.reading import read_raw
from redsm5_hpo.corpus.records import Post, Sentence
from tests.corpus.builders import POSTS, ROWS, write_source

SPECIAL = ("SPECIAL_CASE",)


def refusal(directory: Path) -> str:
    with pytest.raises(CorpusError) as error:
        read_raw(directory, SPECIAL)
    return str(error.value)


def test_posts_and_rows_come_in_file_order(tmp_path: Path) -> None:
    raw = read_raw(write_source(tmp_path), SPECIAL)
    assert raw.posts == tuple(Post(*cells) for cells in POSTS)
    assert raw.sentences[0] == Sentence("p1", "p1_0", "FATIGUE", "I am tired.", 1)
    assert [row.sentence_id for row in raw.sentences] == [cells[1] for cells in ROWS]


def test_without_criteria_yaml_the_projects_definitions_are_used(tmp_path: Path) -> None:
    assert read_raw(write_source(tmp_path), SPECIAL).criteria == DEFINITIONS


def test_criteria_yaml_defines_labels_and_their_order(tmp_path: Path) -> None:
    source = write_source(tmp_path, criteria="SLEEP_ISSUES: bad sleep\nFATIGUE: tired\n")
    assert list(read_raw(source, SPECIAL).criteria.items()) == [("SLEEP_ISSUES", "bad sleep"), ("FATIGUE", "tired")]


def test_redsm5_file_names_are_found(tmp_path: Path) -> None:
    write_source(tmp_path)
    for name in ("posts", "annotations"):
        (tmp_path / f"{name}.csv").rename(tmp_path / f"redsm5_{name}.csv")
    assert len(read_raw(tmp_path, SPECIAL).posts) == 3


@pytest.mark.parametrize("name", ["._posts.csv", "~$posts.csv", "._annotations.csv", ".#splits.csv"])
def test_what_a_system_leaves_beside_a_table_is_skipped(tmp_path: Path, name: str) -> None:
    source = write_source(tmp_path)
    (source / name).write_bytes(b"\x00\x05\x16\x07")
    assert len(read_raw(source, SPECIAL).posts) == 3


def test_predefined_splits_are_read(tmp_path: Path) -> None:
    source = write_source(tmp_path, splits=[("p1", "train"), ("p2", "val"), ("p3", "test")])
    assert read_raw(source, SPECIAL).predefined == {"p1": "train", "p2": "val", "p3": "test"}


def test_excluded_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    source = write_source(tmp_path, rows=[*ROWS, ("p3", "p3_0", "All is well today.", "SPECIAL_CASE", "1", "")])
    raw = read_raw(source, SPECIAL)
    assert len(raw.sentences) == 3
    assert raw.excluded == {"SPECIAL_CASE": 1}


def test_an_excluded_label_is_not_a_criterion(tmp_path: Path) -> None:
    raw = read_raw(write_source(tmp_path), ("SLEEP_ISSUES",))
    assert "SLEEP_ISSUES" not in raw.criteria
    assert raw.excluded == {"SLEEP_ISSUES": 1}


def test_excluding_every_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="all rows have excluded labels"):
        read_raw(write_source(tmp_path), ("SLEEP_ISSUES", "FATIGUE"))


def test_unused_columns_are_named(tmp_path: Path) -> None:
    write_source(tmp_path)
    (tmp_path / "posts.csv").write_text("post_id,author,text\np1,me,x\np2,me,y\n", encoding="utf-8")
    assert read_raw(tmp_path, SPECIAL).ignored_columns == ("posts.csv: author",)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
        lambda data: data + b"\n\n",
    ],
    ids=["byte order mark", "CR LF", "both", "blank lines at the end"],
)
def test_files_written_by_spreadsheets_read_the_same(tmp_path: Path, rewrite) -> None:
    plain = read_raw(write_source(tmp_path), SPECIAL)
    for name in ("posts.csv", "annotations.csv"):
        (tmp_path / name).write_bytes(rewrite((tmp_path / name).read_bytes()))
    assert read_raw(tmp_path, SPECIAL) == plain


@pytest.mark.parametrize("post_id", ["NA", "null", "007", "1.0", "nan", "True", "ä/🙂", "a b"])
def test_ids_stay_unchanged_text(tmp_path: Path, post_id: str) -> None:
    rows = [(post_id, "s", "x", "FATIGUE", "1", "")]
    raw = read_raw(write_source(tmp_path, posts=[(post_id, "x y")], rows=rows), SPECIAL)
    assert (raw.posts[0].post_id, raw.sentences[0].post_id) == (post_id, post_id)


def test_a_text_keeps_its_line_breaks_and_quotes(tmp_path: Path) -> None:
    text = 'One, "two"\r\nthree\n\n four '
    source = write_source(tmp_path, posts=[("p1", text), ("p2", "x")])
    assert read_raw(source, SPECIAL).posts[0].text == text


def test_one_error_names_faults_of_many_kinds(tmp_path: Path) -> None:
    posts = [*POSTS, ("p1", "again"), ("p4", " "), ("", "who")]
    rows = [
        ROWS[0],
        ROWS[0],
        ("p1", "p1_2", "", "FATIGUE", "1", ""),
        ("ghost", "g_0", "x", "FATIGUE", "1", ""),
        ("p1", "p1_3", "x", "FATIG", "1", ""),
        ("p1", "p1_4", "x", "FATIGUE", "yes", ""),
    ]
    source = write_source(tmp_path, posts, rows, splits=[("p1", "train"), ("p1", "test"), ("p2", "dev")])
    message = refusal(source)
    for fault in (
        "posts.csv, line 5, column post_id: 'p1' again",
        "posts.csv, line 6, column text: 1 characters",
        "posts.csv, line 7, column post_id: 0 characters",
        "annotations.csv, line 3, column post_id + sentence_id + DSM5_symptom: 'p1' + 'p1_0' + 'FATIGUE' again",
        "annotations.csv, line 4, column sentence_text: 0 characters",
        "annotations.csv, line 5, column post_id: 'ghost'",
        "annotations.csv, line 6, column DSM5_symptom: 'FATIG'; allowed: one of DEPRESSED_MOOD, ANHEDONIA",
        "annotations.csv, line 7, column status: 'yes'; allowed: 0 or 1",
        "splits.csv, line 3, column post_id: 'p1' again",
        "splits.csv, line 4, column split: 'dev'; allowed: one of train, val, test",
        "splits.csv, column split: no post for val",
        "splits.csv, column post_id: post 'p3' is not listed",
    ):
        assert fault in message


def test_an_error_shows_no_corpus_text(tmp_path: Path) -> None:
    prose = "I told nobody about it"
    shifted = [("p1", "s", "FATIGUE", prose, prose, "1")]
    message = refusal(write_source(tmp_path, rows=shifted))
    assert prose not in message
    assert "22 characters" in message


def test_annotations_of_a_malformed_record_are_not_reported_as_unknown_posts(tmp_path: Path) -> None:
    write_source(tmp_path)
    (tmp_path / "posts.csv").write_text("post_id,text\np1,Hello, you\np2,x\n", encoding="utf-8")
    message = refusal(tmp_path)
    assert "has 1 problem" in message
    assert "posts.csv, line 2: 3 fields; allowed: 2 fields" in message


def test_a_long_list_is_shortened_by_kind(tmp_path: Path) -> None:
    rows = [("p1", f"s{i}", "x", "FATIGUE", "2", "") for i in range(1000)]
    message = refusal(write_source(tmp_path, rows=[*rows, ("p1", "s", "x", "OTHER", "1", "")]))
    assert "1001 problem(s)" in message
    assert "and 995 more" in message
    assert "'OTHER'" in message
    assert len(message.splitlines()) < 15


@pytest.mark.parametrize(
    ("name", "found"),
    [("posts.csv", "*posts.csv: no such file"), ("annotations.csv", "*annotations.csv: no such file")],
)
def test_a_missing_file_is_named(tmp_path: Path, name: str, found: str) -> None:
    write_source(tmp_path)
    (tmp_path / name).unlink()
    assert found in refusal(tmp_path)


def test_two_files_of_one_kind_are_refused_by_name(tmp_path: Path) -> None:
    write_source(tmp_path)
    (tmp_path / "old_posts.csv").write_text("post_id,text\n", encoding="utf-8")
    assert "old_posts.csv, posts.csv; allowed: exactly one" in refusal(tmp_path)


@pytest.mark.parametrize("exists", [True, False], ids=["only a README", "no folder"])
def test_without_a_corpus_the_remedy_is_how_to_get_one(tmp_path: Path, exists: bool) -> None:
    write_source(tmp_path / "demo")
    if exists:
        (tmp_path / "redsm5").mkdir()
        (tmp_path / "redsm5" / "README.md").write_text("get it", encoding="utf-8")
    message = refusal(tmp_path / "redsm5")
    assert "irlab-udc/redsm5" in message
    assert "redsm5_posts.csv and redsm5_annotations.csv" in message
    assert "there are: demo" in message


@pytest.mark.parametrize("added", [True, False], ids=["after dvc add", "before dvc add"])
def test_without_a_corpus_the_remedy_is_dvcs(tmp_path: Path, added: bool) -> None:
    if added:
        (tmp_path / "mine.dvc").write_text("outs:\n", encoding="utf-8")
    message = refusal(tmp_path / "mine")
    assert (f"run `dvc checkout {tmp_path}/mine.dvc`" in message) == added
    assert f"`dvc add {tmp_path}/NAME`" in message
