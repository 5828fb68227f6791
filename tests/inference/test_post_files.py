"""Files of posts to predict for."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.files import file_sha256
from redsm5_hpo.corpus.raw.tables import MAX_FIELD_CHARACTERS
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference.post_files import check_posts, find_posts, read_posts


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "posts.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


READ = {
    "plain": ("post_id,text\np1,i am sad\np2,fine\n", [Post("p1", "i am sad"), Post("p2", "fine")]),
    "any order, more columns": ("score,text,post_id\n3,i am sad,p1\n", [Post("p1", "i am sad")]),
    "a byte order mark": ("\ufeffpost_id,text\np1,sad\n", [Post("p1", "sad")]),
    "line ends of Windows": ("post_id,text\r\np1,sad\r\n", [Post("p1", "sad")]),
    "line ends of old": ("post_id,text\rp1,sad\r", [Post("p1", "sad")]),
    "no line end at the end": ("post_id,text\np1,sad", [Post("p1", "sad")]),
    "a line break in a text": ('post_id,text\np1,"so\r\nsad"\n', [Post("p1", "so\r\nsad")]),
    "blank rows": ("post_id,text\n\n,\np1,sad\n,,\n", [Post("p1", "sad")]),
    "removed and deleted posts": ("post_id,text\np1,[removed]\np2,sad\np3,[deleted by user]\n", [Post("p2", "sad")]),
    "a long post": (f"post_id,text\np1,{'sad ' * 200_000}\n", [Post("p1", "sad " * 200_000)]),
}


@pytest.mark.parametrize(("content", "posts"), READ.values(), ids=READ)
def test_posts_are_read(file, content, posts):
    path = file(content)
    found = check_posts(path)
    assert (found.posts, found.sha256) == (len(posts), file_sha256(path))
    assert list(read_posts(path)) == posts


def test_what_is_left_out_is_counted(file):
    found = check_posts(
        file("score,post_id,text,\n,,,\n1,p1,[removed],\n2,p2,[removed],\n3,p3,[deleted],\n4,p4,sad,\n")
    )
    assert (found.placeholders, found.blank) == ({"deleted": 1, "removed": 2}, 1)
    assert found.ignored == ("score", "the nameless column 4")


REFUSED = {
    "empty": ("", "posts.csv: an empty file"),
    "header alone": ("post_id,text\n", "posts.csv: no records"),
    "no text column": ("post_id,body\np1,sad\n", "line 1, column text: missing; the header has 'post_id', 'body'"),
    "a column twice": ("post_id,text,text\np1,a,b\n", "line 1, column text: 2 times"),
    "semicolons": (
        "post_id;text\np1;sad\n",
        "has 1 problem(s):\n    - posts.csv, line 1: looks separated by semicolons",
    ),
    "tabs": ('"post_id"\t"text"\n"p1"\t"sad"\n', "has 1 problem(s):\n    - posts.csv, line 1: looks separated by tabs"),
    "UTF-16": ("post_id,text\np1,sad\n".encode("utf-16"), "has 1 problem(s):\n    - posts.csv: looks like UTF-16"),
    "no id": ("post_id,text\n,sad\n", "line 2, column post_id: 0 characters"),
    "no text": ('post_id,text\np1,"a\nb"\np2,\n', "line 4, column text: 0 characters"),
    "invisible text": ("post_id,text\np1,\u200b\n", "line 2, column text: 1 characters, none of them visible"),
    "an id twice": ("post_id,text\np1,a\np2,b\np1,c\n", "line 4, column post_id: 'p1' again"),
    "too many fields": ("post_id,text\np1,a,b\n", "line 2: 3 fields"),
    "an open quote": ('post_id,text\np1,a\np2,"b\n', "line 3: no CSV from here on"),
    "a field that does not end": (f"post_id,text\np1,{'a' * (MAX_FIELD_CHARACTERS + 1)}\n", "line 2: no CSV"),
    "other bytes": (b"post_id,text\np1,a\np2,caf\xe9\n", "line 3: byte 0xe9, which is no UTF-8"),
    "NUL": (b"post_id,text\np1,a\0\n", "line 2: a NUL byte"),
    "removed posts alone": ("post_id,text\np1,[removed]\n", "column text: all posts are removed or deleted"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_a_faulty_file_is_refused_with_line_and_column(file, content, message):
    with pytest.raises(CorpusError) as caught:
        check_posts(file(content))
    assert message in str(caught.value)


def test_one_error_has_all_faults_and_no_text(file):
    with pytest.raises(CorpusError) as caught:
        check_posts(file("post_id,text\n,my secret words\np2,\np3\n"))
    assert caught.value.what.count("posts.csv, line") == 3
    assert "secret" not in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read \\(No such file"):
        check_posts(tmp_path / "posts.csv")


@pytest.mark.parametrize("path", ["/dev/null", "/", "-"], ids=["a device", "a folder", "standard input"])
def test_what_cannot_be_read_twice_is_refused_with_the_remedy(path):
    with pytest.raises(CorpusError, match=f"cannot be read from {path}\n(.|\n)*write the posts to a file first"):
        check_posts(Path(path))


def test_a_folder_is_its_posts_file(tmp_path):
    for name in ("redsm5_posts.csv", "redsm5_annotations.csv", "._posts.csv"):
        (tmp_path / name).write_text("")
    assert find_posts(tmp_path) == tmp_path / "redsm5_posts.csv"


@pytest.mark.parametrize("names", [[], ["a_posts.csv", "b_posts.csv"]], ids=["none", "two"])
def test_a_folder_without_exactly_one_posts_file_is_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(CorpusError, match="exactly one"):
        find_posts(tmp_path)
