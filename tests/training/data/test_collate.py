"""Windows collated into padded batches."""

from itertools import chain

import numpy as np
import pytest
import torch

from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.training.data import collate
from redsm5_hpo.training.data.collate import BatchMaker
from redsm5_hpo.training.data.windows import WindowSet

CPU = torch.device("cpu")
PADS = (101, 102)
LENGTHS = [5, 9, 4, 4, 12, 7, 5, 9, 6, 11, 4]


def encoded(lengths, first=1000):
    """Windows whose tokens are numbered from `first` on; the first three of each are not text."""
    total = sum(lengths)
    offsets = np.stack([np.arange(total), np.arange(total) + 1], axis=1).astype(np.int32)
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        offsets[end - length : end - length + 3] = -1
    return EncodedWindows(
        input_ids=np.arange(first, first + total, dtype=np.int32),
        token_type_ids=np.ones(total, dtype=np.int8),
        lengths=np.array(lengths, dtype=np.int32),
        example=np.arange(len(lengths), dtype=np.int32),
        offsets=offsets,
        sentences=np.where(offsets[:, 0] >= 0, np.arange(total) // 2 % 2, -1).astype(np.int32),
    )


def window_set(lengths, other=None, gold=None):
    tokens = encoded(lengths)
    gold = np.zeros((len(lengths), 1, 2), dtype=np.int64) if gold is None else gold
    status = np.arange(len(lengths), dtype=np.int64) % 2
    return WindowSet(tokens, tokens if other is None else encoded(other, 5000), status, gold)


def maker(lengths=LENGTHS, other=None, gold=None):
    return BatchMaker(window_set(lengths, other, gold), PADS, CPU)


def shuffled(size=3, seed=0, lengths=LENGTHS):
    return [batch for (batch,) in maker(lengths).shuffled(size, 1, np.random.default_rng(seed))]


def orders(found):
    return [batch.windows.tolist() for batch in found]


WAYS = {
    "shuffled": lambda size: shuffled(size),
    "by length": lambda size: list(maker().by_length(size)),
}


@pytest.mark.parametrize("size", [1, 3, 11, 99])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_window_comes_once(way, size):
    found = orders(way(size))
    assert sorted(chain(*found)) == list(range(len(LENGTHS)))
    assert max(map(len, found)) <= size


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_more_batches_than_needed(way):
    assert len(way(3)) == 4


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("size", [1, 3])
def test_a_batch_knows_whether_a_window_is_padded(way, size):
    found = [(batch.tokens.padded, bool((batch.tokens.attention_mask == 0).any())) for batch in way(size)]
    assert all(known == seen for known, seen in found)
    assert any(known for known, _ in found) == (size > 1)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_batch_holds_its_windows_and_padding(way):
    tokens = encoded(LENGTHS)
    ends = np.cumsum(LENGTHS)
    for batch in way(3):
        longest = max(LENGTHS[window] for window in batch.windows)
        assert batch.tokens.input_ids.shape == (len(batch.windows), longest)
        for row, window in enumerate(batch.windows):
            own, rest = LENGTHS[window], longest - LENGTHS[window]
            ids = tokens.input_ids[ends[window] - own : ends[window]].tolist()
            assert batch.tokens.input_ids[row].tolist() == ids + [PADS[0]] * rest
            assert batch.tokens.attention_mask[row].tolist() == [1] * own + [0] * rest
            assert batch.tokens.token_type_ids[row].tolist() == [1] * own + [0] * rest
            assert batch.tokens.text_mask[row].tolist() == [False] * 3 + [True] * (own - 3) + [False] * rest


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_targets_stay_with_their_windows(way):
    assert all(batch.status.tolist() == (batch.windows % 2).tolist() for batch in way(3))


def test_the_same_generator_is_the_same_order():
    assert orders(shuffled(seed=4)) == orders(shuffled(seed=4))


def test_another_generator_is_another_order():
    assert orders(shuffled(seed=4)) != orders(shuffled(seed=5))


def test_a_second_epoch_has_another_order():
    rng = np.random.default_rng(0)
    batches = maker()
    first, second = ([orders(step) for step in batches.shuffled(3, 1, rng)] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(("size", "accumulation"), [(4, 1), (2, 2), (1, 4)], ids=["whole", "in two", "in four"])
def test_a_step_has_the_same_windows_however_it_is_cut(size, accumulation):
    steps = list(maker().shuffled(size, accumulation, np.random.default_rng(0)))
    whole = [batch.windows.tolist() for (batch,) in maker().shuffled(4, 1, np.random.default_rng(0))]
    assert [[window for batch in step for window in batch.windows] for step in steps] == whole
    assert all(len(batch.windows) <= size for step in steps for batch in step)


@pytest.mark.parametrize("other", [None, [2 * length for length in LENGTHS]], ids=["one side", "longer criteria side"])
@pytest.mark.parametrize("most", [1, 12, 25, 60])
def test_no_micro_batch_has_more_than_tokens_at_once(monkeypatch, most, other):
    monkeypatch.setitem(collate.TOKENS_AT_ONCE, "cpu", most)
    for step in maker(other=other).shuffled(4, 1, np.random.default_rng(0)):
        for batch in step:
            sides = batch.tokens.input_ids.numel(), batch.criteria_tokens.input_ids.numel()
            assert max(sides) <= most or len(batch.windows) == 1


@pytest.mark.parametrize("most", [1, 12, 25, 60])
def test_a_step_has_the_same_windows_for_any_tokens_at_once(monkeypatch, most):
    whole = [step for (step,) in (orders(step) for step in maker().shuffled(4, 1, np.random.default_rng(0)))]
    monkeypatch.setitem(collate.TOKENS_AT_ONCE, "cpu", most)
    steps = [orders(step) for step in maker().shuffled(4, 1, np.random.default_rng(0))]
    assert [list(chain(*step)) for step in steps] == whole


FACTORS = {"once": (1, [4, 4, 3]), "twice": (2, [2] * 5 + [1]), "more than there are windows": (99, [1] * 11)}


@pytest.mark.parametrize(("micro_batches", "sizes"), FACTORS.values(), ids=FACTORS)
def test_batches_are_cut_into_so_many_times_more_micro_batches(monkeypatch, micro_batches, sizes):
    monkeypatch.setitem(collate.TOKENS_AT_ONCE, "cpu", 30)
    (step,) = maker([6] * 11).shuffled(11, 1, np.random.default_rng(0), micro_batches)
    (whole,) = maker([6] * 11).shuffled(11, 1, np.random.default_rng(0))
    assert [len(batch.windows) for batch in step] == sizes
    assert list(chain(*orders(step))) == list(chain(*orders(whole)))


def test_micro_batches_of_one_step_differ_by_one_window_at_most(monkeypatch):
    monkeypatch.setitem(collate.TOKENS_AT_ONCE, "cpu", 30)
    (step,) = maker([6] * 11).shuffled(11, 1, np.random.default_rng(0))
    assert [len(batch.windows) for batch in step] == [4, 4, 3]


def test_by_length_goes_from_short_to_long():
    longest = [batch.tokens.input_ids.shape[1] for batch in maker().by_length(3)]
    assert longest == sorted(longest)


@pytest.mark.parametrize("other", [None, [2 * length for length in LENGTHS]], ids=["one side", "longer criteria side"])
@pytest.mark.parametrize("most", [1, 50, 300, 10**6])
def test_by_length_no_batch_has_more_than_pairs_at_once(monkeypatch, most, other):
    monkeypatch.setattr(collate, "PAIRS_AT_ONCE", most)
    found = list(maker(other=other).by_length(4))
    shapes = [side.input_ids.shape for batch in found for side in (batch.tokens, batch.criteria_tokens)]
    assert all(windows * length**2 <= most or windows == 1 for windows, length in shapes)
    assert list(chain(*orders(found))) == list(chain(*orders(maker(other=other).by_length(4))))


@pytest.mark.parametrize(("length", "batches"), [(512, 1), (1024, 4), (2048, 16)])
def test_only_batches_of_long_windows_are_cut(length, batches):
    assert len(list(maker([length] * 64).by_length(64))) == batches


def padding(found):
    return sum(int((batch.tokens.attention_mask == 0).sum()) for batch in found)


def test_length_sorted_pools_pad_a_fifth_of_what_random_batches_do():
    rng = np.random.default_rng(1)
    lengths = rng.integers(5, 100, 400).tolist()
    order = np.array_split(rng.permutation(lengths), 50)
    assert padding(shuffled(8, lengths=lengths)) < sum(8 * batch.max() - batch.sum() for batch in order) / 5


def test_batches_of_a_pool_do_not_come_in_the_order_of_their_lengths():
    lengths = np.random.default_rng(1).integers(5, 100, 128).tolist()
    longest = [batch.tokens.input_ids.shape[1] for batch in shuffled(8, lengths=lengths)]
    assert longest != sorted(longest)


def test_gold_padding_that_no_window_of_a_batch_needs_is_removed():
    gold = np.array([[[3, 3], [-1, -1]], [[3, 3], [4, 4]], [[0, 0], [-1, -1]]])
    alone = [batch.gold.tolist() for batch in maker([4, 5, 6], gold=gold).by_length(1)]
    assert alone == [[[[3, 3]]], [[[3, 3], [4, 4]]], [[[0, 0]]]]


def test_sides_with_the_same_tokens_share_their_tensors():
    assert all(batch.criteria_tokens is batch.tokens for batch in shuffled())


def test_a_different_criteria_side_is_padded_separately():
    (batch,) = maker([4, 6], other=[8, 5]).by_length(2)
    assert batch.criteria_tokens.input_ids.shape == (2, 8)
    assert batch.criteria_tokens.input_ids[1].tolist() == [*range(5008, 5013), *[PADS[1]] * 3]


def few(lengths=LENGTHS, **values):
    found = maker(lengths, **values)
    found.few_shapes = True
    return found


ROUNDED = {1: 16, 16: 16, 17: 24, 24: 24, 25: 32, 33: 48, 48: 48, 49: 64, 192: 192, 193: 256, 257: 384, 385: 512}


@pytest.mark.parametrize(("length", "expected"), ROUNDED.items())
def test_a_few_lengths_are_powers_of_two_and_halfway_between(length, expected):
    batch, _ = few([length, 900]).by_length(1)
    assert batch.tokens.input_ids.shape == (1, expected)
    assert batch.tokens.attention_mask.sum() == length


def test_no_batch_is_longer_than_the_longest_window():
    lengths = [batch.tokens.input_ids.shape[1] for batch in few([40, 70, 129]).by_length(1)]
    assert lengths == [48, 96, 129]


def test_with_few_shapes_only_the_length_of_a_batch_varies():
    gold = np.full((4, 3, 2), -1)
    gold[:, 0] = 1
    batches = list(few([5, 30, 60, 61], gold=gold).by_length(1))
    assert {batch.gold.shape for batch in batches} == {(1, 3, 2)}
    assert len({batch.tokens.sentences.shape[1] for batch in batches}) == 1
    assert all(batch.tokens.padded for batch in batches)


def test_few_shapes_hold_the_same_tokens_and_targets():
    for plain, padded in zip(maker().by_length(3), few().by_length(3), strict=True):
        size, sentences, gold = plain.tokens.input_ids.shape[1], plain.tokens.sentences.shape[1], plain.gold.shape[1]
        assert torch.equal(padded.tokens.input_ids[:, :size], plain.tokens.input_ids)
        assert torch.equal(padded.tokens.sentences[:, :sentences, :size], plain.tokens.sentences)
        assert torch.equal(padded.gold[:, :gold], plain.gold)
        assert not padded.tokens.attention_mask[:, size:].any()
        assert not padded.tokens.sentences[:, sentences:].any()
        assert (padded.gold[:, gold:] == -1).all()
