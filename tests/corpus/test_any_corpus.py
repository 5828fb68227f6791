"""Any table and any bytes are read as a corpus or raise an error that names the fault; nothing else happens."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redsm5_hpo.core.errors import CorpusError, HpoError
from redsm5_hpo.corpus.alignment import align
from redsm5_hpo.corpus.preparation import prepare
from redsm5_hpo.corpus.raw.reading import read_raw
from redsm5_hpo.corpus.raw.visible import has_text
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.params import load_params
from tests.corpus.builders import DATA, POST_HEADER, POSTS, ROW_HEADER, ROWS, write_source

PARAMS = Path(__file__).parents[2] / "params.yaml"
bounded = settings(max_examples=30, deadline=None, derandomize=True, database=None)

# Half of all cells are valid, so that some tables are a corpus.
anything = st.text(st.characters(codec="utf-8"), max_size=12)
ids = st.sampled_from(["p1", "p2", "p3", "ä 1"]) | anything
texts = st.sampled_from(["I cannot sleep.", "Ｉ  CANNOT\nsleep.", "😭 İ cannot ſleep…"]) | anything
labels = st.sampled_from(["FATIGUE", "SLEEP_ISSUES", "SPECIAL"]) | anything
statuses = st.sampled_from(["0", "1", "1"]) | anything
posts = st.lists(st.tuples(ids, texts), max_size=4)
rows = st.lists(st.tuples(ids, anything, texts, labels, statuses, anything), max_size=6)
splits = st.none() | st.lists(st.tuples(ids, st.sampled_from(["train", "val", "test"]) | anything), max_size=4)
criteria = st.none() | st.dictionaries(labels, texts, max_size=3).map(repr) | anything
good_posts = st.lists(texts.filter(has_text), min_size=1, max_size=4)
good_rows = st.lists(
    st.tuples(
        st.integers(0, 3), texts.filter(has_text), st.sampled_from(["FATIGUE", "ANHEDONIA"]), st.sampled_from("01")
    ),
    min_size=1,
    max_size=6,
)


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder for each example, unlike a fixture."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def usable(source: Path) -> None:
    """A corpus that was read can be prepared, and is unchanged when saved and loaded."""
    corpus, _, _ = prepare(read_raw(source, ("SPECIAL",)), DATA)
    corpus.save(source / "prepared")
    assert Corpus.load(source / "prepared") == corpus
    for pair in corpus.pairs:
        text = next(post.text for post in corpus.posts if post.post_id == pair.post_id)
        assert all(text[span.start : span.end].strip() for span in pair.spans)


def kept(source: Path, *, no_text: bool = False) -> None:
    """Usable, or refused by an error with a remedy."""
    try:
        usable(source)
    except CorpusError as error:
        assert error.remedy
        assert not no_text or "cannot" not in str(error).casefold()


@bounded
@given(posts, rows, splits, criteria)
def test_any_table_is_a_corpus_or_refused(posts, rows, splits, criteria):
    with folder() as source:
        kept(write_source(source, posts, rows, splits, criteria), no_text=True)


@bounded
@given(good_posts, good_rows)
def test_any_text_makes_a_corpus(texts, rows):
    posts = [(f"p{index}", text) for index, text in enumerate(texts)]
    taken = [
        (f"p{post % len(posts)}", f"s{index}", text, label, status, "")
        for index, (post, text, label, status) in enumerate(rows)
    ]
    with folder() as source:
        try:
            usable(write_source(source, posts, taken))
        except CorpusError as error:
            assert "NUL" in str(error)  # the only character that a text may not have


@settings(bounded, max_examples=200)
@given(texts, texts, texts, st.floats(1, 100))
def test_a_span_lies_in_its_text_and_is_not_blank(before, sentence, after, threshold):
    text = before + sentence + after
    spans = align(sentence, text, threshold)
    assert spans or not sentence.strip() or text != sentence
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip()
        assert span.found != "exact" or text[span.start : span.end] == sentence.strip()


@st.composite
def damages(draw, data):
    """Bytes with some replaced, removed or inserted, or cut off at the end."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 8))
        inserted = draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"\r", b"\n", b",", b"\0", b"\xff", b": ", b"\\ud83d"])
        )
        data = data[:at] + inserted + (data[at + length :] if draw(st.booleans()) or length < 8 else b"")
    return data


def as_csv(header, records):
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *records])
    return stream.getvalue().encode()


CRITERIA = b"FATIGUE: Tired.\nSLEEP_ISSUES: |\n  Cannot\n  sleep.\n'NO': \"a \\u00e4\"\n"
RAW = {
    "posts.csv": as_csv(POST_HEADER, POSTS),
    "annotations.csv": as_csv(ROW_HEADER, ROWS),
    "splits.csv": as_csv(("post_id", "split"), [("p1", "train"), ("p2", "val"), ("p3", "test")]),
    "criteria.yaml": CRITERIA,
}


@pytest.mark.parametrize("name", RAW)
def test_any_bytes_are_a_corpus_or_refused(name):
    @settings(bounded, max_examples=20)
    @given(damages(RAW[name]))
    def holds(data):
        with folder() as source:
            write_source(source)
            (source / name).write_bytes(data)
            kept(source)

    holds()


SAVED = ("posts.jsonl", "sentences.jsonl", "pairs.jsonl", "criteria.json", "SHA256SUMS")


@pytest.mark.parametrize("name", SAVED)
def test_any_bytes_of_a_saved_corpus_read_equal_or_are_refused(name, tmp_path):
    corpus, _, _ = prepare(read_raw(write_source(tmp_path / "raw"), ()), DATA)
    corpus.save(tmp_path / "saved")
    whole = (tmp_path / "saved" / name).read_bytes()

    @settings(bounded, max_examples=20)
    @given(damages(whole))
    def holds(data):
        with folder() as copy:
            shutil.copytree(tmp_path / "saved", copy, dirs_exist_ok=True)
            (copy / name).write_bytes(data)
            try:
                found = Corpus.load(copy)
            except CorpusError:
                return
            assert found == corpus

    holds()


@settings(bounded, max_examples=100)
@given(damages(PARAMS.read_bytes()))
def test_any_bytes_are_settings_or_refused(data):
    with folder() as directory:
        path = directory / "params.yaml"
        path.write_bytes(data)
        try:
            assert load_params(path).model_dump()
        except HpoError as error:
            assert str(path) in error.what
