"""The targets of windows, and the cache of tokens."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

import redsm5_hpo
from redsm5_hpo.core.errors import EncoderError, StorageError
from redsm5_hpo.modeling.encoders import load_tokenizer
from redsm5_hpo.training.data import windows
from redsm5_hpo.training.data.windows import TOKENS, make_windows
from redsm5_hpo.training.model import tokenizers
from tests.disks import full_disk
from tests.tiny_encoders import WORDS
from tests.training.builders import encoder, example, window_slices

MAX_LENGTH, STRIDE = 32, 8
CHOSEN = random.Random(3).choices([word for word in WORDS if len(word) > 1], k=120)  # noqa: S311 (no secret)
LONG = " ".join(CHOSEN)


def words(first, last):
    """The characters of some words of the long text, from the first to the last, inclusive."""
    start = len(" ".join(CHOSEN[:first])) + (first > 0)
    return start, len(" ".join(CHOSEN[: last + 1]))


@pytest.fixture(params=["bert", "deberta_v2"])
def tokenizer(request, tiny):
    return load_tokenizer(tiny[request.param])


def made(tokenizer, *examples):
    return make_windows(examples, [tokenizer], MAX_LENGTH, STRIDE)


def targets(found, window):
    """The characters of each target span of a window; None for "no evidence"."""
    offsets = found.tokens.offsets[window_slices(found.tokens)[window]]
    spans = [pair for pair in found.gold[window].tolist() if pair[0] >= 0]
    return [None if pair == [0, 0] else (int(offsets[pair[0], 0]), int(offsets[pair[1], 1])) for pair in spans]


SHORT = {f"words {first} to {first + 5}": words(first, first + 5) for first in (0, 11, 37, 60, 114)}


@pytest.mark.parametrize("span", SHORT.values(), ids=SHORT)
def test_a_span_of_a_long_text_is_a_target_as_a_whole_in_one_window(tokenizer, span):
    found = made(tokenizer, example(LONG, span))
    assert len(found) > 3
    assert any(targets(found, window) == [span] for window in range(len(found)))


@pytest.mark.parametrize("span", SHORT.values(), ids=SHORT)
def test_a_window_without_the_span_is_absent_and_its_target_is_position_0(tokenizer, span):
    found = made(tokenizer, example(LONG, span))
    shown = [characters_shown(found, window) for window in range(len(found))]
    without = [window for window, (first, last) in enumerate(shown) if last <= span[0] or first >= span[1]]
    assert without
    assert all(targets(found, window) == [None] and found.status[window] == 0 for window in without)


def characters_shown(found, window):
    offsets = found.tokens.offsets[window_slices(found.tokens)[window]]
    offsets = offsets[offsets[:, 0] >= 0]
    return int(offsets[0, 0]), int(offsets[-1, 1])


def test_the_target_of_a_window_with_a_part_of_a_span_is_that_part(tokenizer):
    span = words(10, 90)
    found = made(tokenizer, example(LONG, span))
    for window in range(len(found)):
        first, last = characters_shown(found, window)
        part = (max(first, span[0]), min(last, span[1]))
        assert targets(found, window) == [part if part[0] < part[1] else None]


def test_windows_with_a_target_and_no_others_are_present(tokenizer):
    found = made(tokenizer, example(LONG, words(40, 44)), example("i feel sad"), example("sad", (0, 3)))
    assert found.status.tolist() == [int(targets(found, window) != [None]) for window in range(len(found))]
    assert 0 < found.status.sum() < len(found)


def test_several_spans_are_several_targets(tokenizer):
    spans = ((0, 3), (12, 17))
    found = made(tokenizer, example("sad day and tired night", *spans), example("i feel"))
    assert targets(found, 0) == list(spans)
    assert found.gold.shape == (2, 2, 2)
    assert found.gold[1].tolist() == [[0, 0], [-1, -1]]


def test_a_target_does_not_include_tokens_that_only_touch_the_span(tokenizer):
    found = made(tokenizer, example("(sad)", (1, 4)))
    assert targets(found, 0) == [(1, 4)]


def test_spans_far_apart_are_targets_of_different_windows(tokenizer):
    spans = (words(0, 2), words(110, 112))
    found = made(tokenizer, example(LONG, *spans))
    assert targets(found, 0) == [spans[0]]
    assert targets(found, len(found) - 1) == [spans[1]]


@pytest.mark.parametrize("status", [0, 1])
def test_without_spans_every_window_has_its_examples_status(tokenizer, status):
    found = made(tokenizer, example(LONG, status=status))
    assert set(found.status.tolist()) == {status}
    assert {tuple(pair) for pair in found.gold[:, 0].tolist()} == {(0, 0)}


def test_windows_stay_in_the_order_of_examples(tokenizer):
    order = made(tokenizer, example("sad"), example(LONG), example("")).tokens.example.tolist()
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}


def made_for_joint(tiny, *examples, max_length=MAX_LENGTH):
    """The windows of joint with two tokenizers, and these tokenizers."""
    sides = tokenizers("joint", encoder(tiny["bert"], tiny["deberta_v2"], max_length=max_length))
    return make_windows(examples, sides, max_length, STRIDE), sides


def test_both_sides_with_one_tokenizer_have_the_same_tokens(tokenizer):
    found = made(tokenizer, example(LONG))
    assert found.criteria_tokens is found.tokens


def test_a_second_tokenizer_reads_the_same_text_in_every_window(tiny):
    one = example(LONG, words(3, 5))
    found, sides = made_for_joint(tiny, one)
    assert len(found.criteria_tokens.lengths) == len(found) > 3
    for window, tokens in enumerate(window_slices(found.criteria_tokens)):
        shown = one.text[slice(*characters_shown(found, window))]
        assert found.criteria_tokens.input_ids[tokens].tolist() == sides[1](one.criterion, shown)["input_ids"]


def test_a_second_tokenizer_reads_no_text_in_a_window_without_text(tiny):
    found, _ = made_for_joint(tiny, example(" \n "), example("sad"))
    without, with_text = (found.criteria_tokens.offsets[tokens] for tokens in window_slices(found.criteria_tokens))
    assert (without == -1).all()
    assert (with_text[:, 0] >= 0).any()


def with_length(tiny, tmp_path, length):
    """An encoder whose tokenizer has another maximum length, or none."""
    copy = tmp_path / "copy"
    shutil.copytree(tiny["deberta_v2"], copy)
    settings = json.loads((copy / "tokenizer_config.json").read_text())
    settings.pop("model_max_length")
    (copy / "tokenizer_config.json").write_text(json.dumps({**settings, **length}))
    return copy


@pytest.mark.parametrize("length", [{}, {"model_max_length": 4096}], ids=["no length", "more than the encoder has"])
def test_windows_of_a_second_tokenizer_are_no_longer_than_its_encoder_reads(tiny, tmp_path, length):
    sides = tokenizers("joint", encoder(tiny["bert"], with_length(tiny, tmp_path, length)))
    assert sides[1].model_max_length == 128
    assert len(make_windows([example(LONG)], sides, MAX_LENGTH, STRIDE)) > 3


def test_a_window_too_long_for_the_second_tokenizer_is_an_error(tiny):
    # words that the first tokenizer knows and the second splits into letters
    sides = [load_tokenizer(tiny["bert"]), load_tokenizer(tiny["narrow"])]
    sides[1].model_max_length = 40
    with pytest.raises(EncoderError, match=r"too long(.|\n)*windows longer than 40 tokens") as caught:
        make_windows([example("depressed mother " * 60)], sides, 60, STRIDE)
    assert "encoder.max_length" in caught.value.remedy


def same(found, expected):
    return all(np.array_equal(value, getattr(expected, name)) for name, value in vars(found).items())


def refuse(*_):
    raise AssertionError("tokenized again")


def test_the_second_call_reads_the_cache(tokenizer, monkeypatch):
    expected = made(tokenizer, example(LONG, words(3, 5)))
    monkeypatch.setattr(windows, "encode_windows", refuse)
    found = made(tokenizer, example(LONG, words(3, 5)))
    assert same(found.tokens, expected.tokens)


def test_a_full_disk_is_an_error_and_leaves_no_incomplete_cache_file(tokenizer):
    with full_disk(100), pytest.raises(StorageError, match="cannot be written"):
        made(tokenizer, example(LONG))
    assert list(TOKENS.iterdir()) == []


def test_windows_that_are_not_cached_are_the_same_and_leave_no_file(tokenizer):
    alone = make_windows([example(LONG)], [tokenizer], MAX_LENGTH, STRIDE, cached=False)
    assert not TOKENS.exists()
    assert same(alone.tokens, made(tokenizer, example(LONG)).tokens)


OTHERS = {
    "text": lambda side: make_windows([example("i feel tired")], [side], MAX_LENGTH, STRIDE),
    "criterion": lambda side: make_windows([example("i feel sad", label="SLEEP")], [side], MAX_LENGTH, STRIDE),
    "length": lambda side: make_windows([example("i feel sad")], [side], MAX_LENGTH + 1, STRIDE),
    "stride": lambda side: make_windows([example("i feel sad")], [side], MAX_LENGTH, STRIDE - 1),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_input_is_another_cache_file(tokenizer, other):
    made(tokenizer, example("i feel sad"))
    other(tokenizer)
    assert len(list(TOKENS.iterdir())) == 2


def test_another_tokenizer_is_another_cache_file(tiny):
    for family in ("bert", "deberta_v2"):
        made(load_tokenizer(tiny[family]), example("i feel sad"))
    assert len(list(TOKENS.iterdir())) == 2


def edit_code(monkeypatch):
    package = shutil.copytree(Path(redsm5_hpo.__file__).parent, Path("package"))
    with (package / "modeling/encoders/tokenization.py").open("a") as stream:
        stream.write("# other windows")
    monkeypatch.setattr(redsm5_hpo, "__file__", str(package / "__init__.py"))


CODE = {
    "code of encoders": edit_code,
    "version of tokenizers": lambda patch: patch.setattr(windows, "version", lambda _: "0"),
}


@pytest.fixture
def fresh_code():
    """Nothing of this process's code is remembered before and after the test."""
    windows._code.cache_clear()
    yield
    windows._code.cache_clear()


@pytest.mark.usefixtures("fresh_code")
@pytest.mark.parametrize("update", CODE.values(), ids=CODE)
def test_other_code_that_makes_windows_is_another_cache_file(tokenizer, monkeypatch, update):
    made(tokenizer, example("i feel sad"))
    windows._code.cache_clear()
    update(monkeypatch)
    made(tokenizer, example("i feel sad"))
    assert len(list(TOKENS.iterdir())) == 2


def test_other_spans_share_a_cache_file(tokenizer):
    made(tokenizer, example("i feel sad"))
    made(tokenizer, example("i feel sad", (7, 10)))
    assert len(list(TOKENS.iterdir())) == 1


def flip(content, position, bit):
    return content[:position] + bytes([content[position] ^ 1 << bit]) + content[position + 1 :]


def stored(**arrays):
    np.savez("other.npz", **arrays)
    with open("other.npz", "rb") as stream:  # noqa: PTH123 (a path of one word)
        return stream.read()


DAMAGES = {
    "empty": lambda _: b"",
    "text": lambda _: b"not a cache",
    "cut short": lambda content: content[: len(content) // 2],
    "a bit of an array flipped": lambda content: flip(content, 200, 3),
    "a flag of the archive flipped": lambda content: flip(content, content.rindex(b"PK\x01\x02") + 8, 0),
    "a method of the archive flipped": lambda content: flip(content, content.rindex(b"PK\x01\x02") + 10, 0),
    "other arrays": lambda _: stored(input_ids=np.zeros(3)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_file_is_written_again(tokenizer, damage):
    expected = made(tokenizer, example(LONG))
    (path,) = TOKENS.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    assert same(made(tokenizer, example(LONG)).tokens, expected.tokens)
    assert path.read_bytes() == whole
