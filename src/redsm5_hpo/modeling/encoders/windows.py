"""(criterion, text) pairs to overlapping windows of tokens that know where in the text they stand.

Owns tokenising, cutting and character offsets. Does not pad, batch or label: training does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from redsm5_hpo.errors import EncoderError

MIN_TEXT_SHARE = 0.25  # of a window; below it, the criterion crowds out what it is asked about
_TEXT = 1  # the text is the second sequence of a pair
_CHUNK = 512  # pairs at a time: the tokenizer's own objects are a hundred times larger than the arrays


@dataclass(frozen=True)
class EncodedWindows:
    """Windows of W in all, with N tokens in all, one after the other without padding.

    A window reads: special token, criterion, special tokens, a stretch of the text, special token. The windows of a
    pair follow each other in text order; neighbours share `stride` tokens of the text.

    Attributes:
        input_ids: (N,) int32.
        token_type_ids: (N,) int8.
        lengths: (W,) int32, tokens of each window.
        example: (W,) int32, index of the pair that each window was cut from, ascending.
        offsets: (N, 2) int32, the half-open interval of characters of the text that a token covers, never empty and
            without white space at either end; (-1, -1) for special tokens, the criterion's, and white space alone.
    """

    input_ids: NDArray[np.int32]
    token_type_ids: NDArray[np.int8]
    lengths: NDArray[np.int32]
    example: NDArray[np.int32]
    offsets: NDArray[np.int32]

    @property
    def starts(self) -> NDArray[np.int64]:
        """(W,) position of each window's first token among the N."""
        ends: NDArray[np.int64] = np.cumsum(self.lengths, dtype=np.int64)
        return ends - self.lengths

    def of_examples(self, kept: NDArray[np.bool_]) -> "EncodedWindows":
        """The windows of some of the pairs, which are numbered anew; `kept` has one value a pair."""
        windows = kept[self.example]
        tokens = np.repeat(windows, self.lengths)
        number = np.cumsum(kept) - 1
        return EncodedWindows(
            self.input_ids[tokens],
            self.token_type_ids[tokens],
            self.lengths[windows],
            number[self.example[windows]].astype(np.int32),
            self.offsets[tokens],
        )


_FIELDS = tuple(field.name for field in fields(EncodedWindows))


def encode_windows(
    tokenizer: PreTrainedTokenizerFast, criteria: Sequence[str], texts: Sequence[str], max_length: int, stride: int
) -> EncodedWindows:
    """Encode pairs; every token of a text is in at least one window, and a text without tokens still has one.

    Args:
        tokenizer: from load_tokenizer.
        criteria: one criterion a pair.
        texts: one text a pair, as many as criteria.
        max_length: tokens of a window at most, special tokens included.
        stride: tokens of the text that neighbouring windows share.

    Raises:
        EncoderError: a criterion leaves less than a quarter of the window for the text, or no more than `stride`.
        ValueError: criteria and texts differ in number.
    """
    if len(criteria) != len(texts):
        raise ValueError(f"{len(criteria)} criteria for {len(texts)} texts")
    if not texts:
        return _of_encodings([], [])
    check_room(tokenizer, criteria, max_length, stride)
    windows = _encode(tokenizer, list(zip(criteria, texts, strict=True)), max_length, stride)
    in_text = windows.offsets[:, 0] >= 0
    _trim(windows, texts)
    _forbid_special_tokens(windows.input_ids, in_text, tokenizer)
    return windows


def check_room(tokenizer: PreTrainedTokenizerFast, criteria: Sequence[str], max_length: int, stride: int) -> None:
    """Raise EncoderError where a criterion leaves less than a quarter of the window, or no more than `stride`."""
    distinct = list(dict.fromkeys(criteria))
    ids = tokenizer(distinct, add_special_tokens=False, return_attention_mask=False, verbose=False)["input_ids"]
    longest = max(range(len(distinct)), key=lambda position: len(ids[position]))
    room = max_length - tokenizer.num_special_tokens_to_add(pair=True) - len(ids[longest])
    needed = max(int(np.ceil(MIN_TEXT_SHARE * max_length)), stride + 1)
    if room < needed:
        raise EncoderError(
            "a criterion leaves too little of the window for the text",
            got=f"{len(ids[longest])} tokens, which leave {room} of {max_length}: {distinct[longest][:80]!r}",
            allowed=f"at least {needed} left: a quarter of encoder.max_length, and more than encoder.stride ({stride})",
            remedy="raise encoder.max_length, lower encoder.stride or shorten the criterion's text",
        )


def _encode(
    tokenizer: PreTrainedTokenizerFast, pairs: Sequence[tuple[str, str]], max_length: int, stride: int
) -> EncodedWindows:
    backend = tokenizer.backend_tokenizer  # half the time of the wrapper, which converts every token twice
    backend.enable_truncation(max_length, stride=stride, strategy="only_second")
    parts = []
    for begin in range(0, len(pairs), _CHUNK):
        encodings = backend.encode_batch(pairs[begin : begin + _CHUNK])
        cuts = [(begin + place, cut) for place, one in enumerate(encodings) for cut in (one, *one.overflowing)]
        parts.append(_of_encodings([cut for _, cut in cuts], [place for place, _ in cuts]))
    backend.no_truncation()  # as load_tokenizer left it: its state is part of what callers compare and save
    return _concatenated(parts)


def joined(parts: Sequence[EncodedWindows], pairs: Sequence[int]) -> EncodedWindows:
    """The windows of several lists of pairs as those of one list; `pairs` is how many each of them has."""
    if len(parts) == 1:
        return parts[0]
    before = np.cumsum([0, *pairs])
    return _concatenated(
        [
            replace(part, example=(part.example + start).astype(np.int32))
            for part, start in zip(parts, before, strict=False)
        ]
    )


def _concatenated(parts: Sequence[EncodedWindows]) -> EncodedWindows:
    return EncodedWindows(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))


def _of_encodings(encodings: Sequence[Any], example: Sequence[int]) -> EncodedWindows:
    lengths = np.fromiter((len(encoding) for encoding in encodings), np.int32, len(encodings))
    total = int(lengths.sum())
    sequences = (number for encoding in encodings for number in encoding.sequence_ids)
    in_text = np.fromiter((number == _TEXT for number in sequences), np.bool_, total)
    ends = (end for encoding in encodings for interval in encoding.offsets for end in interval)
    offsets = np.fromiter(ends, np.int32, 2 * total).reshape(total, 2)
    offsets[~in_text] = -1
    return EncodedWindows(
        input_ids=np.fromiter((number for encoding in encodings for number in encoding.ids), np.int32, total),
        token_type_ids=np.fromiter((number for encoding in encodings for number in encoding.type_ids), np.int8, total),
        lengths=lengths,
        example=np.asarray(example, dtype=np.int32),
        offsets=offsets,
    )


def _trim(windows: EncodedWindows, texts: Sequence[str]) -> None:
    """Take white space off both ends of the offsets, in place: tokenizers that mark spaces count them in."""
    whole = "".join(texts)
    codes = np.frombuffer(whole.encode("utf-32-le"), np.uint32)
    visible = ~np.isin(codes, [ord(character) for character in set(whole) if character.isspace()])
    places = np.arange(len(codes))
    next_start = np.minimum.accumulate(np.where(visible, places, len(codes))[::-1])[::-1]
    last_end = np.maximum.accumulate(np.where(visible, places + 1, 0))
    begins = np.cumsum([0, *(len(text) for text in texts)])[:-1]
    begin = np.repeat(begins[windows.example], windows.lengths)
    start, end = windows.offsets.T
    covering = np.flatnonzero((start >= 0) & (end > start))
    first = next_start[start[covering] + begin[covering]] - begin[covering]
    last = last_end[end[covering] - 1 + begin[covering]] - begin[covering]
    windows.offsets[:] = np.where((start < 0)[:, None], windows.offsets, -1)
    kept = last > first
    windows.offsets[covering[kept]] = np.stack([first[kept], last[kept]], axis=1)


def _forbid_special_tokens(
    input_ids: NDArray[np.int32], in_text: NDArray[np.bool_], tokenizer: PreTrainedTokenizerFast
) -> None:
    """A text that spells a special token reads as unknown there, in place: Unigram vocabularies list them as words."""
    special = [number for number in tokenizer.all_special_ids if number != tokenizer.unk_token_id]
    if tokenizer.unk_token_id is not None:
        input_ids[in_text & np.isin(input_ids, special)] = tokenizer.unk_token_id
