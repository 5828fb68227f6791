"""Which tokens attend to which, where they are, and which sentence they are of."""

from dataclasses import replace

import pytest
import torch

from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.modeling.attention_mask import attended, positions
from redsm5_hpo.modeling.encoders import encode_windows, load_tokenizer
from redsm5_hpo.modeling.inputs import TokenBatch
from tests.modeling.builders import batch
from tests.tiny_encoders import FAMILIES

# The first token, one of a criterion, two of a sentence, one of another, the last token, and padding.
SMALL = batch(6, text_from=2, padding=1, isolated=True)


def window(*numbers, padding=0):
    """One window whose tokens are in the sentences of these numbers, or in none for None."""
    size = len(numbers) + padding
    mask = torch.tensor([[int(column < len(numbers)) for column in range(size)]])
    known = {number for number in numbers if number is not None}
    sentences = torch.tensor([[[*numbers, *[None] * padding][column] == s for column in range(size)] for s in known])
    return TokenBatch(mask, mask, mask, sentences.view(1, len(known), size), isolated=True)


def shown(mask):
    return ["".join("x" if found else "." for found in row) for row in mask.tolist()]


def test_a_token_attends_to_its_own_sentence_and_to_the_last_token():
    assert shown(attended(SMALL)[0]) == [
        "xxxxxx.",  # the first token attends to all tokens
        ".x...x.",  # the criterion
        "..xx.x.",  # a sentence
        "..xx.x.",
        "....xx.",  # another
        ".....x.",  # the last token attends to itself
        "x......",  # padding, which nothing reads
    ]


def test_local_attention_ends_within_a_sentence():
    tokens = window(None, 0, 0, 0, 0, None)
    assert shown(attended(tokens, 1)[0]) == ["xxxxxx", ".xx..x", ".xxx.x", "..xxxx", "...xxx", ".....x"]


def test_local_attention_to_a_window_ends_within_reach_and_padding_attends_to_the_first_token():
    tokens = replace(window(None, 0, 0, 0, None, padding=2), isolated=False)
    assert shown(attended(tokens, 1)[0]) == [
        "xx.....",
        "xxx....",
        ".xxx...",
        "..xxx..",
        "...xx..",
        "x......",
        "x......",
    ]


def test_tokens_of_whole_windows_attend_to_all_tokens():
    assert shown(attended(replace(SMALL, isolated=False))[0]) == ["xxxxxx."]


@pytest.mark.parametrize("length", [1, 2, 3, 9])
@pytest.mark.parametrize("isolated", [True, False], ids=["isolated sentences", "windows"])
@pytest.mark.parametrize("reach", [None, 1])
def test_every_row_attends_to_something(length, reach, isolated):
    assert attended(batch(9, length, isolated=isolated), reach).any(2).all()


def test_positions_count_from_the_start_of_a_sentence():
    assert positions(SMALL).tolist() == [[0, 1, 1, 2, 1, 5, 6]]


def test_positions_of_whole_windows_count_from_the_start_of_the_window():
    assert positions(replace(SMALL, isolated=False)).tolist() == [list(range(7))]


def test_positions_of_a_window_without_text_are_those_of_the_window():
    assert positions(batch(3, padding=2, isolated=True)).tolist() == [list(range(5))]


NUMBERS = {
    "between sentences": ([None, 0, 0, None, 1, None], [0, 1, 1, 1, 2, 0]),
    "in a sentence": ([None, 0, None, 0, 1, None], [0, 1, 1, 1, 2, 0]),
    "after the text": ([None, 0, 1, None, None, None], [0, 1, 2, 2, 2, 0]),
    "before the text": ([None, None, 0, 1, None], [0, 0, 1, 2, 0]),
}


@pytest.mark.parametrize(("tokens", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_white_space_is_of_the_sentence_before_it(tokens, expected):
    assert window(*tokens, padding=2).sentence_numbers.tolist() == [[*expected, 0, 0]]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_token_of_a_text_is_in_a_sentence(tiny, family):
    tokenizer, text = load_tokenizer(tiny[family]), "i feel  sad .\n\n  i am \t tired .\n\n"
    windows = encode_windows(tokenizer, ["sad mood"], [text], 64, 4, [sentence_spans(text)])
    of_text = [number == 1 for number in tokenizer("sad mood", text).sequence_ids()]
    numbers = window(*(None if number < 0 else number for number in windows.sentences.tolist())).sentence_numbers
    assert (numbers[0] > 0).tolist() == of_text
    assert set(numbers[0].tolist()) == {0, 1, 2}
