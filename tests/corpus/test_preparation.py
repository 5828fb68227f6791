"""From a raw corpus to pairs and counts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from redsm5_hpo.corpus.preparation import preparation_warnings, prepare
from redsm5_hpo.corpus.raw.reading import read_raw
from redsm5_hpo.corpus.records import Sentence
from tests.corpus.builders import DATA, LABELS, raw_corpus

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "redsm5_sample"

POSTS = {"p1": "I am tired. I am so low. I sleep badly.", "p2": "Nothing to say here.", "p3": "Low and tired."}
ROWS = [
    ("p3", "LOW", "Low and tired.", 1),
    ("p1", "TIRED", "I am tired.", 1),
    ("p1", "LOW", "This sentence was paraphrased beyond recognition.", 1),
    ("p1", "SLEEP", "I sleep badly.", 0),
    ("p3", "TIRED", "LOW AND TIRED.", 1),
    ("p3", "TIRED", "Somebody else wrote this other thing.", 1),
]
SMALL = raw_corpus(POSTS, ROWS)


def test_pairs_come_in_order_of_posts_and_then_labels() -> None:
    corpus, _, _ = prepare(SMALL, DATA)
    positions = [(list(POSTS).index(pair.post_id), list(LABELS).index(pair.label)) for pair in corpus.pairs]
    assert positions == sorted(positions)


def test_sentences_come_in_order_of_posts() -> None:
    corpus, _, _ = prepare(SMALL, DATA)
    assert [row.post_id for row in corpus.sentences] == ["p1", "p1", "p1", "p3", "p3", "p3"]


def test_a_sentence_stays_when_its_pair_is_left_out() -> None:
    corpus, _, _ = prepare(SMALL, DATA)
    assert ("p1", "LOW") not in {(pair.post_id, pair.label) for pair in corpus.pairs}
    assert ("p1", "LOW") in {(row.post_id, row.label) for row in corpus.sentences}


def test_an_annotated_criterion_is_never_drawn() -> None:
    corpus, _, _ = prepare(SMALL, DATA)
    drawn = {(pair.post_id, pair.label) for pair in corpus.pairs if not pair.annotated}
    assert not drawn & {(post_id, label) for post_id, label, _, _ in ROWS}


def test_a_post_without_rows_gets_draws() -> None:
    corpus, _, _ = prepare(SMALL, DATA)
    assert [pair.annotated for pair in corpus.pairs if pair.post_id == "p2"] == [False]


def test_other_posts_do_not_change_a_posts_draws() -> None:
    alone = raw_corpus({"p2": POSTS["p2"]}, [])
    pairs = prepare(alone, DATA)[0].pairs
    assert pairs == tuple(pair for pair in prepare(SMALL, DATA)[0].pairs if pair.post_id == "p2")


def test_preparing_twice_gives_the_same() -> None:
    assert prepare(SMALL, DATA) == prepare(SMALL, DATA)


def test_the_same_posts_and_rows_in_another_order_are_the_same_corpus() -> None:
    chance = np.random.default_rng(5)
    posts = {f"s_{author}_{post}": f"One {post}. Two. Two. Three." for author in (2, 10, 9) for post in (11, 9, 1)}
    rows = [
        Sentence(post_id, f"{post_id}_{number}", "LOW", text, number % 2)
        for post_id in posts
        for number, text in ((2, "Two."), (10, "Three."), (1, "Two."))
    ]
    raw = replace(raw_corpus(posts, []), sentences=tuple(rows))
    corpus = prepare(raw, DATA)
    assert [post.post_id for post in corpus[0].posts][:4] == ["s_2_1", "s_2_9", "s_2_11", "s_9_1"]
    for _ in range(10):
        shuffled = replace(
            raw,
            posts=tuple(raw.posts[index] for index in chance.permutation(len(raw.posts))),
            sentences=tuple(rows[index] for index in chance.permutation(len(rows))),
        )
        assert prepare(shuffled, DATA) == corpus


def test_spans_slice_the_post_to_the_sentence() -> None:
    corpus, _, _ = prepare(SMALL, DATA)
    texts = [POSTS[pair.post_id][span.start : span.end] for pair in corpus.pairs for span in pair.spans]
    assert texts == ["I am tired.", "Low and tired.", "Low and tired."]


def test_the_counts_account_for_every_row_and_pair() -> None:
    _, _, counts = prepare(replace(SMALL, excluded={"SPECIAL": 7}), DATA)
    assert counts["posts"] == {
        "total": 3,
        "without_present": 1,
        "words": {"total": 17, "mean": 5.67, "min": 3, "max": 10},
    }
    assert counts["sentences"] == {"total": 6, "present": 5, "absent": 1}
    assert counts["alignment"] == {"exact": 2, "normalized": 1, "fuzzy": 0, "unaligned": 2}
    assert counts["pairs"] == {
        "total": 6,
        "present": 3,
        "absent": 3,
        "absent_annotated": 1,
        "absent_drawn": 2,
        "left_out_unaligned": 1,
        "partly_unaligned": 1,
    }
    assert counts["support"]["TIRED"]["sentences"] == {"total": 3, "present": 3, "absent": 0}
    assert counts["excluded_rows"] == {"SPECIAL": 7}


def test_rows_that_are_not_aligned_are_listed_by_their_ids() -> None:
    _, unaligned, _ = prepare(SMALL, DATA)
    assert unaligned == [("p1", "p1_2", "LOW"), ("p3", "p3_5", "TIRED")]


def test_a_sentence_that_is_twice_in_a_post_is_evidence_at_the_place_of_its_row() -> None:
    raw = raw_corpus(
        {"p": "I am low. Or not. I am low."}, [("p", "LOW", "I am low.", 0), ("p", "TIRED", "I am low.", 1)]
    )
    corpus, _, _ = prepare(raw, DATA)
    assert [(span.start, span.end) for pair in corpus.pairs for span in pair.spans] == [(18, 27)]


def test_warnings_count_rows_that_are_not_aligned() -> None:
    _, _, counts = prepare(SMALL, DATA)
    assert preparation_warnings(SMALL, counts) == [
        "2 of 5 present annotation rows were not found in their post (data/prepared/unaligned.csv lists them); "
        "1 present pairs have no span and are left out, 1 keep only some of their spans"
    ]


def test_warnings_name_columns_that_nothing_reads() -> None:
    raw = raw_corpus({"p": "I am low."}, [("p", "LOW", "I am low.", 1)])
    _, _, counts = prepare(raw, DATA)
    assert preparation_warnings(raw, counts) == []
    noted = replace(raw, ignored_columns=("posts.csv: author",))
    assert preparation_warnings(noted, counts) == ["posts.csv: author is a column that nothing reads"]


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the public ReDSM5 sample is not here")
def test_the_redsm5_sample_has_no_exact_and_few_other_alignments() -> None:
    raw = read_raw(SAMPLE, ["SPECIAL_CASE"])
    _, _, counts = prepare(raw, DATA)
    found = counts["alignment"]
    assert found["exact"] == 0
    assert sum(found.values()) == counts["sentences"]["present"] == 21
    assert found["unaligned"] > 15
    assert any("verbatim" in line for line in preparation_warnings(raw, counts))
