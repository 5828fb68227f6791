import random
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.modeling.encoders import EncodedWindows, encode_windows, load_tokenizer
from tests.tiny_encoders import WORDS

CRITERION = "sad or empty mood"
LONG = " ".join(random.Random(0).choices(WORDS, k=7000))  # noqa: S311 (no secret)
TEXTS = {
    "empty": "",
    "white space": " \n\t ",
    "a word": "sad",
    "spaces around and between": "  i  feel\n\nsad \t",
    "emoji": "i feel 😔😔 so 👩\u200d👩\u200d👧 tired 🏳️\u200d🌈.",
    "right to left": "אני עצוב מאוד, i cannot sleep, أنا حزين",
    "accents, composed and not": "caf\u00e9 cafe\u0301 ﬁne ½",
    "wide spaces": "\u3000i\u00a0feel\u2003sad\u200b",
    "special tokens": "[SEP] i </s> feel <pad> [MASK] [CLS]<s>",
    "no spaces": "sad" * 300,
    "7,000 words": LONG,
}
MAX_LENGTH, STRIDE = 32, 8


@pytest.fixture
def tokenizer(directory):
    return load_tokenizer(directory)


def windows_of(tokenizer, criteria, texts, stride=STRIDE) -> EncodedWindows:
    return encode_windows(tokenizer, criteria, texts, MAX_LENGTH, stride, [sentence_spans(text) for text in texts])


def encode(tokenizer, *texts: str, criterion: str = CRITERION) -> EncodedWindows:
    return windows_of(tokenizer, [criterion] * len(texts), list(texts))


def slices(windows: EncodedWindows) -> list[slice]:
    ends = np.cumsum(windows.lengths)
    return [slice(end - length, end) for end, length in zip(ends, windows.lengths, strict=True)]


def token_offsets(tokenizer, text: str) -> set[tuple[int, int]]:
    """Offsets of the text without a criterion or windows, without white space at their ends."""
    found = set()
    for start, end in tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]:
        part = text[start:end]
        left, right = len(part) - len(part.lstrip()), len(part) - len(part.rstrip())
        if part.strip():
            found.add((start + left, end - right))
    return found


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_token_of_a_text_is_in_a_window(tokenizer, text):
    offsets = encode(tokenizer, text).offsets
    assert {(start, end) for start, end in offsets.tolist() if start >= 0} == token_offsets(tokenizer, text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_offsets_cover_no_white_space_at_their_ends(tokenizer, text):
    offsets = encode(tokenizer, text).offsets
    parts = [text[start:end] for start, end in offsets.tolist() if start >= 0]
    assert all(part and part == part.strip() for part in parts)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_window_is_longer_than_max_length(tokenizer, text):
    assert encode(tokenizer, text).lengths.max() <= MAX_LENGTH


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_special_token_comes_from_a_text(tokenizer, text):
    windows = encode(tokenizer, text)
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    assert not special & set(windows.input_ids[windows.offsets[:, 0] >= 0].tolist())


@pytest.mark.parametrize("family", ["bert", "electra", "roberta"])
def test_a_special_token_in_a_text_is_tokenized_by_letters(saved: dict[str, Path], family: str):
    tokenizer = load_tokenizer(saved[family])
    offsets = encode(tokenizer, tokenizer.sep_token).offsets
    assert (offsets[:, 0] >= 0).sum() > 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_text_is_covered(tokenizer, text):
    offsets = encode(tokenizer, text).offsets
    assert {(start, end) for start, end in offsets.tolist() if start >= 0} == token_offsets(tokenizer, text)


@pytest.mark.parametrize("text", ["", " \n "], ids=["empty", "white space"])
def test_a_text_without_tokens_has_one_window(tokenizer, text):
    assert encode(tokenizer, "sad", text, "tired").example.tolist() == [0, 1, 2]


def test_every_window_holds_the_criterion_and_ends_with_a_special_token(tokenizer):
    windows = encode(tokenizer, LONG)
    alone = encode(tokenizer, "")
    prefix = alone.input_ids[: alone.lengths[0] - 1].tolist()
    ids = windows.input_ids.tolist()
    for window in slices(windows):
        assert ids[window][: len(prefix)] == prefix
        assert ids[window][-1] == tokenizer.sep_token_id


def test_neighboring_windows_share_the_stride(tokenizer):
    windows = encode(tokenizer, LONG)
    before = encode(tokenizer, "").lengths[0] - 1  # all but the last special token are before the text
    shown = [windows.input_ids[window][before:-1] for window in slices(windows)]
    assert all(np.array_equal(left[-STRIDE:], right[:STRIDE]) for left, right in pairwise(shown))


def test_a_window_equals_the_tokenizers_own_pair(tokenizer):
    pair = tokenizer(CRITERION, "i feel sad", return_token_type_ids=True)
    windows = encode(tokenizer, "i feel sad")
    assert windows.input_ids.tolist() == pair["input_ids"]
    assert windows.token_type_ids.tolist() == pair["token_type_ids"]


def test_windows_follow_pairs_and_text_order(tokenizer):
    windows = encode(tokenizer, "sad", LONG[:2000], "", LONG[:1000])
    starts = [windows.offsets[window][:, 0].max() for window in slices(windows)]
    assert list(zip(windows.example, starts, strict=True)) == sorted(zip(windows.example, starts, strict=True))


def test_a_pairs_windows_do_not_depend_on_other_pairs(tokenizer):
    among, alone = encode(tokenizer, "  tired", LONG[:500], "sad"), encode(tokenizer, LONG[:500])
    windows = [window for window, example in zip(slices(among), among.example, strict=True) if example == 1]
    tokens = slice(windows[0].start, windows[-1].stop)
    assert np.array_equal(among.offsets[tokens], alone.offsets)
    assert np.array_equal(among.input_ids[tokens], alone.input_ids)


def test_pairs_after_the_first_chunk_have_the_same_windows(tokenizer):
    words = [WORDS[number % len(WORDS)] for number in range(600)]
    windows, alone = encode(tokenizer, *words), encode(tokenizer, words[-1])
    assert windows.example.tolist() == list(range(600))
    assert np.array_equal(windows.input_ids[slices(windows)[-1]], alone.input_ids)
    assert np.array_equal(windows.offsets[slices(windows)[-1]], alone.offsets)


def test_arrays_have_the_documented_types_and_sizes(tokenizer):
    windows = encode(tokenizer, "sad", LONG[:300])
    total = int(windows.lengths.sum())
    shapes = {name: (array.dtype.name, array.shape) for name, array in vars(windows).items()}
    assert shapes == {
        "input_ids": ("int32", (total,)),
        "token_type_ids": ("int8", (total,)),
        "lengths": ("int32", windows.lengths.shape),
        "example": ("int32", windows.lengths.shape),
        "offsets": ("int32", (total, 2)),
        "sentences": ("int32", (total,)),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("ab .!\n é😔"), max_size=120))
def test_tokens_have_the_same_number_exactly_where_they_are_in_the_same_sentence(tokenizer, text):
    spans = sentence_spans(text)
    windows = encode(tokenizer, text)
    for window in slices(windows):
        starts, numbers = windows.offsets[window, 0], windows.sentences[window]
        assert (numbers[starts < 0] == -1).all()
        sentences = [next(i for i, (a, b) in enumerate(spans) if a <= start < b) for start in starts[starts >= 0]]
        ranks = {sentence: rank for rank, sentence in enumerate(sorted(set(sentences)))}
        assert numbers[starts >= 0].tolist() == [ranks[sentence] for sentence in sentences]


def test_no_pairs_give_no_windows(tokenizer):
    windows = encode(tokenizer)
    assert windows.lengths.shape == (0,)
    assert windows.offsets.shape == (0, 2)


def test_encoding_does_not_change_the_tokenizer(tokenizer):
    before = tokenizer.backend_tokenizer.to_str()
    encode(tokenizer, LONG[:1000])
    assert tokenizer.backend_tokenizer.to_str() == before


def test_encoding_prints_nothing(tokenizer, capfd: pytest.CaptureFixture[str]):
    encode(tokenizer, LONG)
    assert capfd.readouterr() == ("", "")


def test_a_criterion_that_leaves_too_little_for_the_text_is_refused(tokenizer):
    with pytest.raises(EncoderError, match=r"of 32: 'sad sad(.|\n)*a quarter of max_length"):
        encode(tokenizer, "i feel", criterion="sad " * 25)


@pytest.mark.parametrize(("words", "refused"), [(21, False), (22, True)], ids=["a quarter left", "less left"])
def test_a_quarter_of_the_window_is_kept_for_the_text(saved: dict[str, Path], words: int, refused: bool):
    tokenizer = load_tokenizer(saved["bert"])
    with pytest.raises(EncoderError) if refused else nullcontext():
        windows_of(tokenizer, ["sad " * words], ["i feel"], stride=0)


def test_a_stride_as_long_as_the_text_part_of_a_window_is_refused(saved: dict[str, Path]):
    tokenizer = load_tokenizer(saved["bert"])  # 3 special tokens and 4 of the criterion leave 25
    with pytest.raises(EncoderError, match=r"at least 26 left(.|\n)*lower stride"):
        windows_of(tokenizer, [CRITERION], ["sad"], stride=25)


def test_the_largest_possible_stride_still_covers_the_text(saved: dict[str, Path]):
    tokenizer = load_tokenizer(saved["bert"])
    offsets = windows_of(tokenizer, [CRITERION], [LONG[:300]], stride=24).offsets
    assert {(start, end) for start, end in offsets.tolist() if start >= 0} == token_offsets(tokenizer, LONG[:300])


def test_criteria_and_texts_must_pair_up(tokenizer):
    with pytest.raises(ValueError, match="1 criteria for 2 texts"):
        windows_of(tokenizer, [CRITERION], ["a", "b"])
