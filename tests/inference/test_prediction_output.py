"""The output of the predict command."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError, StorageError
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference.posts import PostPrediction
from redsm5_hpo.inference.prediction_output import opened_output
from tests.disks import full_disk, read_only_folder

LABELS = ["MOOD", "SLEEP"]
POSTS = [Post("p1", "sad"), Post('a "b",\nc', "tired"), Post("é", "fine")]
MADE_BY = {"model": "abc", "device": "cpu"}
HEADER = "post_id,criterion,probability,decision,start,end\n"
ROWS = (
    "p1,MOOD,0.500000,1,0,3\np1,SLEEP,0.500000,0,,\n",
    '"a ""b"",\nc",MOOD,0.500000,1,0,3\n"a ""b"",\nc",SLEEP,0.500000,0,,\n',
    "é,MOOD,0.500000,1,0,3\né,SLEEP,0.500000,0,,\n",
)
WHOLE = (HEADER + "".join(ROWS)).encode()


def rows(post):
    return [
        PostPrediction(post.post_id, "MOOD", 0.5, 1, 0, 3),
        PostPrediction(post.post_id, "SLEEP", 0.5, 0, None, None),
    ]


def run(path, made_by=MADE_BY, posts=POSTS, labels=LABELS):
    """Write what is missing; returns how many posts were kept."""
    with opened_output(path, made_by, posts, labels) as output:
        for post in posts[output.kept :]:
            output.write(rows(post))
    return output.kept


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new/predictions.csv"


def test_an_output_is_a_header_and_the_rows_of_each_post(path):
    assert run(path) == 0
    assert path.read_bytes() == WHOLE


def test_a_finished_output_stays(path):
    run(path)
    assert run(path) == 3
    assert path.read_bytes() == WHOLE


@pytest.mark.parametrize("size", range(len(WHOLE)))
def test_an_output_cut_anywhere_is_continued_after_its_last_whole_post(path, size):
    run(path)
    path.write_bytes(WHOLE[:size])
    ends = [len((HEADER + "".join(ROWS[: posts + 1])).encode()) for posts in range(3)]
    assert run(path) == sum(end <= size for end in ends)
    assert path.read_bytes() == WHOLE


def test_an_output_whose_csv_is_lost_begins_again(path):
    run(path)
    path.unlink()
    assert run(path, {**MADE_BY, "model": "another"}) == 0


@pytest.mark.parametrize("path", ["/dev/null", "/", "-"], ids=["a device", "a folder", "standard output"])
def test_an_output_that_could_not_be_continued_is_refused_and_nothing_written(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HpoError, match=f"cannot be written to {path}\n(.|\n)*name a file with --out"):
        run(Path(path))
    assert not list(tmp_path.iterdir())


DIFFERENT = {
    "another model": ({**MADE_BY, "model": "another"}, "model"),
    "another device and model": ({"device": "cuda", "model": "another"}, "device, model"),
    "something new": ({**MADE_BY, "new": 1}, "new"),
}


@pytest.mark.parametrize(("changed", "differs"), DIFFERENT.values(), ids=DIFFERENT)
def test_an_output_made_differently_is_refused_and_stays(path, changed, differs):
    run(path)
    with pytest.raises(HpoError, match="was made differently") as caught:
        run(path, changed)
    assert caught.value.got == f"what differs: {differs}"
    assert path.read_bytes() == WHOLE


FOREIGN = {
    "a table without a header": b"p1,MOOD,0.5,1,0,3\n",
    "another table": b"post_id,text\np1,sad\n",
    "other posts": (HEADER + ROWS[1]).encode(),
    "rows without an order": (HEADER + "".join(reversed(ROWS[0].splitlines(keepends=True)))).encode(),
    "fewer columns": HEADER.encode() + b"p1,MOOD\n",
    "more rows": WHOLE + b"p9,MOOD,0.5,1,0,3\n",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_file_with_other_rows_is_refused_and_stays(path, content):
    run(path)
    path.write_bytes(content)
    with pytest.raises(HpoError, match="is no output of this command"):
        run(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("beside", [None, "{", "[]", "3"], ids=["none", "cut", "a list", "a number"])
def test_a_file_that_nothing_tells_the_origin_of_is_refused_and_stays(path, beside):
    run(path)
    origin = path.with_name("predictions.csv.json")
    origin.unlink() if beside is None else origin.write_text(beside)
    with pytest.raises(HpoError):
        run(path)
    assert path.read_bytes() == WHOLE


def test_an_output_that_another_process_writes_is_refused(path):
    run(path)
    with (
        opened_output(path, MADE_BY, POSTS, LABELS),
        pytest.raises(HpoError, match="is being written"),
    ):
        run(path)


def test_a_full_disk_is_an_error_and_the_next_run_continues(path):
    run(path)
    path.write_bytes(b"")
    with full_disk(len(HEADER + ROWS[0]) + 5), pytest.raises(StorageError, match="cannot be written"):
        run(path)
    assert run(path) == 1
    assert path.read_bytes() == WHOLE


@pytest.mark.parametrize("name", ["predictions.csv", "new/predictions.csv"], ids=["a file", "a folder"])
def test_the_remedy_for_a_folder_that_may_not_be_written_is_that_of_this_command(name):
    with read_only_folder() as folder, pytest.raises(StorageError, match="Permission denied") as caught:
        run(folder / name)
    assert caught.value.remedy.endswith("the same command then continues")
