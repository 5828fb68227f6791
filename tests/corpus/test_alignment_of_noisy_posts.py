"""Whatever markup, escapes and invisible characters a post has, a span reads as its whole sentence."""

from pathlib import Path

import numpy as np
import pytest

from redsm5_hpo.corpus.alignment import align
from redsm5_hpo.corpus.normal_form import normal_form
from redsm5_hpo.corpus.raw.reading import read_raw
from tests.corpus.noise import MIXTURES, NOISES

DEMO = read_raw(Path(__file__).parents[2] / "data/raw/demo", ("SPECIAL_CASE",))
POSTS = {post.post_id: post.text for post in DEMO.posts}
SENTENCES = sorted({(row.post_id, row.text) for row in DEMO.sentences})


def read_as(text: str) -> str:
    return normal_form(text).plain.strip()


def covered(sentence: str, noisy: str) -> bool:
    """Whether a span that is not fuzzy reads as the sentence."""
    return any(
        span.found != "fuzzy" and read_as(noisy[span.start : span.end]) == read_as(sentence)
        for span in align(sentence, noisy, 90.0)[:1]
    )


@pytest.mark.parametrize("name", NOISES)
def test_a_span_reads_as_its_sentence_whatever_noise_is_in_the_post(name: str) -> None:
    chance = np.random.default_rng(19)
    lost = [
        (sentence, noisy)
        for post_id, sentence in SENTENCES
        for noisy in [NOISES[name](POSTS[post_id], chance)]
        if not covered(sentence, noisy)
    ]
    assert lost == []


@pytest.mark.slow
def test_a_span_reads_as_its_sentence_in_thousands_of_posts_with_two_noises() -> None:
    chance = np.random.default_rng(19)
    for _ in range(4_000):
        post_id, sentence = SENTENCES[chance.integers(len(SENTENCES))]
        first, second = MIXTURES[chance.integers(len(MIXTURES))]
        noisy = NOISES[second](NOISES[first](POSTS[post_id], chance), chance)
        assert covered(sentence, noisy), (first, second, sentence, noisy)
