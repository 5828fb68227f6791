"""The stage prepare with realistic invalid corpora."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stages import prepare
from tests.corpus.builders import POSTS, ROWS, write_source
from tests.stages.failing_stage import error_of

ROOT = Path(__file__).parents[2]
PROSE = "I told nobody that it hurts"
ASSIGNED = "".join(f"{post},{split}\n" for post, split in (("p1", "train"), ("p2", "val"), ("p3", "test")))

Change = Callable[[Path], object]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return write_source(tmp_path / "data/raw/demo")


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Change:
    return lambda source: (source / name).write_bytes(change((source / name).read_bytes()))


def posts(text: str) -> Change:
    return rewritten("posts.csv", lambda _: text.encode())


def rows(*more: tuple[str, ...]) -> Change:
    return lambda source: write_source(source, rows=[*ROWS, *more])


def splits(text: str) -> Change:
    return lambda source: (source / "splits.csv").write_text(text)


def criteria(text: str) -> Change:
    return lambda source: (source / "criteria.yaml").write_text(text)


def header(name: str, before: str, after: str) -> Change:
    return rewritten(name, lambda data: data.replace(before.encode(), after.encode(), 1))


def replaced_by_a_folder(name: str) -> Change:
    def change(source: Path) -> None:
        (source / name).unlink(missing_ok=True)
        (source / name).mkdir()

    return change


def replaced_by_a_loop(name: str) -> Change:
    def change(source: Path) -> None:
        (source / name).unlink(missing_ok=True)
        (source / name).symlink_to(name)

    return change


def source_is_a_file(source: Path) -> None:
    shutil.rmtree(source)
    source.write_text(PROSE)


BAD = {
    "UTF-16": (rewritten("posts.csv", lambda data: data.decode().encode("utf-16")), "posts.csv: looks like UTF-16"),
    "Latin-1": (
        rewritten("posts.csv", lambda data: data.replace(b"Hello", "Grüße".encode("latin-1"))),
        "posts.csv, line 3: byte 0xfc at offset",
    ),
    "a NUL byte": (rewritten("annotations.csv", lambda data: data.replace(b"tired", b"ti\0red")), "NUL byte(s)"),
    "an empty file": (rewritten("posts.csv", lambda _: b""), "posts.csv: an empty file"),
    "only blanks": (rewritten("annotations.csv", lambda _: b" \n\n"), "annotations.csv: an empty file"),
    "only a header": (posts("post_id,text\n"), "posts.csv: no records; allowed: at least one"),
    "an open quote": (posts(f'post_id,text\np1,"{PROSE}\np2,x\n'), "posts.csv, line 2: no CSV from here on"),
    "one quote too many": (posts(f'post_id,text\np1,"{PROSE}" he said\n'), "posts.csv, line 2: no CSV from here on"),
    "a field of ten million characters": (
        posts("post_id,text\np1," + "no " * 3_333_334 + "\n"),
        "posts.csv, line 2: no CSV from here on",
    ),
    "semicolons": (rewritten("posts.csv", lambda data: data.replace(b",", b";")), "looks separated by semicolons"),
    "no header": (posts(f"p1,{PROSE}\np2,x\n"), "posts.csv, line 1, column post_id: missing"),
    "a missing column": (header("annotations.csv", "status", "state"), "line 1, column status: missing"),
    "a repeated column": (header("annotations.csv", "explanation", "status"), "column status: 2 times in the header"),
    "one field too few": (posts(f"post_id,text\np1\np2,{PROSE}\n"), "posts.csv, line 2: 1 fields; allowed: 2 fields"),
    "one field too many": (posts(f"post_id,text\np1,{PROSE}, {PROSE}\n"), "posts.csv, line 2: 3 fields"),
    "a repeated post": (
        lambda source: write_source(source, posts=[*POSTS, ("p1", PROSE)]),
        "posts.csv, line 5, column post_id: 'p1' again; allowed: each post_id once",
    ),
    "a repeated sentence": (rows(ROWS[0]), "line 5, column post_id + sentence_id + DSM5_symptom: 'p1' + 'p1_0'"),
    "an empty post": (
        lambda source: write_source(source, posts=[*POSTS, ("p4", "")]),
        "posts.csv, line 5, column text: 0 characters; allowed: the text of a post",
    ),
    "a post of blanks": (
        lambda source: write_source(source, posts=[*POSTS, ("p4", "\u2003\t\n")]),
        "posts.csv, line 5, column text: 3 characters",
    ),
    "a post of zero-width characters": (
        lambda source: write_source(source, posts=[*POSTS, ("p4", "\u200b\u200d\ufeff")]),
        "posts.csv, line 5, column text: 3 characters, none of them visible; allowed: the text of a post",
    ),
    "a sentence of zero-width characters": (
        rows(("p3", "s", "\u2060 \u00ad", "FATIGUE", "1", "")),
        "line 5, column sentence_text: 3 characters, none of them visible; allowed: the text of a sentence",
    ),
    "an invisible definition": (criteria("FATIGUE: \u2060\n"), "the definition of 'FATIGUE' is empty"),
    "an invisible id": (rows(("\u200b", "s", PROSE, "FATIGUE", "1", "")), "column post_id: 1 characters, none of them"),
    "only placeholder posts": (
        lambda source: write_source(source, posts=[(post, "[removed]") for post, _ in POSTS]),
        "posts.csv, column text: all 3 posts are removed or deleted; allowed: at least one post with its text",
    ),
    "only blank rows": (posts("post_id,text\n,\n,\n"), "posts.csv: no records; allowed: at least one"),
    "a blank row in the middle": (
        posts(f"post_id,text\np1,{PROSE}\n,\np2,\n"),
        "posts.csv, line 4, column text: 0 characters",
    ),
    "no row that is present": (
        lambda source: write_source(source, rows=[(*row[:4], "0", "") for row in ROWS]),
        "no architecture can be trained on this corpus:\n    - criteria: the corpus has no present sentence",
    ),
    "present rows that never align": (
        lambda source: write_source(source, rows=[("p1", f"s{i}", f"{PROSE} {i}", "FATIGUE", "1", "") for i in "12"]),
        "- criteria: the corpus has no absent sentence\n    - evidence: the corpus has no pair",
    ),
    "rows of placeholder posts alone": (
        lambda source: write_source(source, posts=[("p1", "[deleted]"), ("p2", "[removed]"), POSTS[2]]),
        "- criteria: the corpus has no sentence",
    ),
    "an unknown status": (rows(("p3", "s", PROSE, "FATIGUE", "2", "")), "line 5, column status: '2'; allowed: 0 or 1"),
    "a status as text": (rows(("p3", "s", PROSE, "FATIGUE", "true", "")), "column status: 'true'; allowed: 0 or 1"),
    "a fraction as a status": (rows(("p3", "s", PROSE, "FATIGUE", "1.0", "")), "column status: '1.0'; allowed: 0 or 1"),
    "no status": (rows(("p3", "s", PROSE, "FATIGUE", "", "")), "column status: 0 characters; allowed: 0 or 1"),
    "an unknown post": (rows(("ghost", "s", PROSE, "FATIGUE", "1", "")), "line 5, column post_id: 'ghost'; allowed"),
    "a post with a trailing blank": (rows(("p1 ", "s", PROSE, "FATIGUE", "1", "")), "'p1' with blanks around it"),
    "an unknown symptom": (
        rows(("p3", "s", PROSE, "Fatigue", "1", "")),
        "column DSM5_symptom: 'Fatigue'; allowed: one",
    ),
    "an empty sentence": (rows(("p3", "s", "", "FATIGUE", "1", "")), "column sentence_text: 0 characters"),
    "shifted columns": (rows(("p3", "FATIGUE", "1", PROSE, PROSE, "")), "column status: 27 characters"),
    "a label without a definition": (
        criteria("FATIGUE: Tired.\n"),
        "column DSM5_symptom: 'SLEEP_ISSUES'; allowed: one of",
    ),
    "an empty definition": (criteria("FATIGUE:\n"), "criteria.yaml, line 1: the definition of 'FATIGUE' is empty"),
    "a repeated label": (criteria("FATIGUE: a\nFATIGUE: b\n"), "criteria.yaml, line 2: label 'FATIGUE' again"),
    "definitions as a list": (criteria("- FATIGUE\n"), "criteria.yaml: a list; allowed: a mapping"),
    "a definition as a list": (criteria("FATIGUE: [a]\n"), "line 1: the definition of 'FATIGUE' is no text"),
    "criteria that are not YAML": (criteria("FATIGUE: a: b\n"), "criteria.yaml, line 1: no YAML"),
    "criteria with tabs": (criteria("FATIGUE:\n\ta: b\n"), "criteria.yaml, line 2: no YAML"),
    "criteria with half a character": (criteria('FATIGUE: "\\ud83d"\n'), "criteria.yaml, line 1: the definition of"),
    "criteria with an invalid character": (criteria('FATIGUE: "\\UFFFFFFFF"\n'), "criteria.yaml: no YAML"),
    "deeply nested criteria": (criteria("[" * 500), "criteria.yaml: no YAML"),
    "no criteria": (criteria("{}\n"), "criteria.yaml: nothing; allowed: a mapping"),
    "splits without one of the posts": (splits("post_id,split\np1,train\np2,val\n"), "post 'p3' is not listed"),
    "splits with an unknown post": (
        splits(f"post_id,split\n{ASSIGNED}p9,test\n"),
        "line 5, column post_id: 'p9'; allowed: a",
    ),
    "a post in two splits": (splits(f"post_id,split\n{ASSIGNED}p1,test\n"), "line 5, column post_id: 'p1' again"),
    "an unknown split": (
        splits(f"post_id,split\n{ASSIGNED.replace('val', 'dev')}"),
        "column split: 'dev'; allowed: one of",
    ),
    "splits without test": (
        splits(f"post_id,split\n{ASSIGNED.replace('test', 'val')}"),
        "column split: no post for test",
    ),
    "splits without a header": (splits(ASSIGNED), "splits.csv, line 1, column post_id: missing"),
    "a folder instead of a file": (replaced_by_a_folder("posts.csv"), "posts.csv: cannot be read (Is a directory)"),
    "a folder instead of splits": (replaced_by_a_folder("splits.csv"), "splits.csv: cannot be read (Is a directory)"),
    "a folder instead of criteria": (
        replaced_by_a_folder("criteria.yaml"),
        "criteria.yaml: cannot be read (Is a directory)",
    ),
    "a link to itself": (
        replaced_by_a_loop("posts.csv"),
        "posts.csv: cannot be read (Too many levels of symbolic links)",
    ),
    "criteria that link to themselves": (replaced_by_a_loop("criteria.yaml"), "criteria.yaml: cannot be read ("),
    "no annotations": (lambda source: (source / "annotations.csv").unlink(), "*annotations.csv: no such file"),
    "two files of posts": (
        lambda source: shutil.copy(source / "posts.csv", source / "old_posts.csv"),
        "*posts.csv: old_posts.csv, posts.csv; allowed: exactly one file",
    ),
    "no folder": (shutil.rmtree, "data/raw/demo holds no corpus\n  got: no such directory"),
    "an empty folder": (lambda source: [path.unlink() for path in source.iterdir()], "got: no CSV files"),
    "a file instead of a folder": (source_is_a_file, "data/raw/demo holds no corpus\n  got: a file"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_an_invalid_corpus_is_an_error_with_its_file_and_line(
    source: Path, change: Change, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(source)
    printed = error_of(prepare.main, (), monkeypatch, capsys)
    assert message in printed
    assert "nobody" not in printed
