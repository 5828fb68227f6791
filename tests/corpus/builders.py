"""Small corpora for the tests of the corpus and the stages."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from redsm5_hpo.core.files import write_csv
from redsm5_hpo.corpus.raw.reading import RawCorpus
from redsm5_hpo.corpus.records import Corpus, Pair, Post, Sentence, Span
from redsm5_hpo.params import DataParams, SplitParams

DATA = DataParams(source="x", seed=3, absent_pairs_per_post=1, alignment_threshold=90.0, excluded_labels=("SPECIAL",))
SPLIT = SplitParams(
    seed=4, val_size=0.2, test_size=0.2, near_duplicate_threshold=0.5, quoted_words=20, ids_name_authors=False
)
LABELS = {"LOW": "The writer is low.", "TIRED": "The writer is tired.", "SLEEP": "The writer sleeps badly."}

POST_HEADER = ("post_id", "text")
ROW_HEADER = ("post_id", "sentence_id", "sentence_text", "DSM5_symptom", "status", "explanation")
POSTS = (("p1", "I am tired. I cannot sleep."), ("p2", "Hello there."), ("p3", "All is well today."))
ROWS = (
    ("p1", "p1_0", "I am tired.", "FATIGUE", "1", "why"),
    ("p1", "p1_1", "I cannot sleep.", "SLEEP_ISSUES", "1", ""),
    ("p2", "p2_0", "Hello there.", "FATIGUE", "0", ""),
)


def write_source(
    directory: Path,
    posts: Iterable[Sequence[str]] = POSTS,
    rows: Iterable[Sequence[str]] = ROWS,
    splits: Iterable[Sequence[str]] | None = None,
    criteria: str | None = None,
) -> Path:
    """A raw corpus directory; valid unless an argument replaces a file."""
    write_csv(directory / "posts.csv", POST_HEADER, posts)
    write_csv(directory / "annotations.csv", ROW_HEADER, rows)
    if splits is not None:
        write_csv(directory / "splits.csv", ("post_id", "split"), splits)
    if criteria is not None:
        (directory / "criteria.yaml").write_text(criteria, encoding="utf-8")
    return directory


def raw_corpus(posts: dict[str, str], rows: Iterable[tuple[str, str, str, int]]) -> RawCorpus:
    """A raw corpus from texts by id and rows of (post_id, label, sentence, status)."""
    sentences = tuple(
        Sentence(post_id, f"{post_id}_{index}", label, text, status)
        for index, (post_id, label, text, status) in enumerate(rows)
    )
    return RawCorpus(tuple(Post(*item) for item in posts.items()), sentences, LABELS, None, {"SPECIAL": 0}, ())


def corpus(posts: dict[str, str], pairs: Iterable[Pair] = (), sentences: Iterable[Sentence] = ()) -> Corpus:
    """A prepared corpus over the three labels."""
    return Corpus(tuple(Post(*item) for item in posts.items()), tuple(sentences), tuple(pairs), LABELS)


def synthetic_corpus(size: int, seed: int = 0) -> Corpus:
    """Posts of distinct random words with pairs of unequal frequency: LOW often present, SLEEP rarely."""
    random = np.random.default_rng(seed)
    posts = {f"p{i}": " ".join(f"w{word}" for word in random.integers(0, 100_000, 20)) for i in range(size)}
    pairs, sentences = [], []
    for post_id in posts:
        for label, share in zip(LABELS, (0.5, 0.2, 0.08), strict=True):
            status = int(random.random() < share)
            spans = (Span(0, 2, "exact"),) if status else ()
            if status or random.random() < 0.3:
                pairs.append(Pair(post_id, label, status, annotated=True, spans=spans))
                sentences.append(Sentence(post_id, f"{post_id}_0", label, "w", status))
    return corpus(posts, pairs, sentences)
