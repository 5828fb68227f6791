"""From (criterion, text) pairs to overlapping windows of tokens with character offsets.

Owns tokenizing, windows and offsets. Does not pad, batch or label, which is in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders.window_sentences import Intervals, sentence_numbers

MIN_TEXT_SHARE = 0.25  # of a window
_TEXT = 1  # the text is the second sequence of a pair
_CHUNK = 512  # pairs per call: the tokenizer's objects are a hundred times larger than the arrays


@dataclass(frozen=True)
class EncodedWindows:
    """W windows with N tokens in total, concatenated without padding.

    A window is: special token, criterion, special tokens, a part of the text, special token. The windows of a pair are
    in text order; neighbors share `stride` tokens of the text.

    Attributes:
        input_ids: (N,) int32.
        token_type_ids: (N,) int8.
        lengths: (W,) int32, tokens of each window.
        example: (W,) int32, index of each window's pair, ascending.
        offsets: (N, 2) int32, the half-open interval of a token's characters in the text, never empty and without
            white space at either end; (-1, -1) for special tokens, the criterion's and those of only white space.
        sentences: (N,) int32, the number of a token's sentence among those that the window shows, from 0 on; -1 for
            tokens without offsets.
    """

    input_ids: NDArray[np.int32]
    token_type_ids: NDArray[np.int8]
    lengths: NDArray[np.int32]
    example: NDArray[np.int32]
    offsets: NDArray[np.int32]
    sentences: NDArray[np.int32]

    @property
    def starts(self) -> NDArray[np.int64]:
        """(W,) index of each window's first token."""
        ends: NDArray[np.int64] = np.cumsum(self.lengths, dtype=np.int64)
        return ends - self.lengths

    def of_examples(self, kept: NDArray[np.bool_]) -> "EncodedWindows":
        """The windows of the pairs where the mask `kept` is true, with new indices of pairs."""
        windows = kept[self.example]
        tokens = np.repeat(windows, self.lengths)
        number = np.cumsum(kept) - 1
        return EncodedWindows(
            self.input_ids[tokens],
            self.token_type_ids[tokens],
            self.lengths[windows],
            number[self.example[windows]].astype(np.int32),
            self.offsets[tokens],
            self.sentences[tokens],
        )


_FIELDS = tuple(field.name for field in fields(EncodedWindows))


def encode_windows(
    tokenizer: PreTrainedTokenizerFast,
    criteria: Sequence[str],
    texts: Sequence[str],
    max_length: int,
    stride: int,
    sentences: Sequence[Intervals],
) -> EncodedWindows:
    """Encode pairs: every token of a text is in at least one window, and a text without tokens has one window.

    Args:
        tokenizer: from load_tokenizer.
        max_length: maximum tokens of a window, special tokens included.
        stride: tokens of the text that neighboring windows share.
        sentences: for each text its sentences in order, which cover every visible character.

    Raises:
        EncoderError: see check_room.
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
    numbers = sentence_numbers(windows.offsets, windows.lengths, [sentences[pair] for pair in windows.example])
    return replace(windows, sentences=numbers)


def check_room(tokenizer: PreTrainedTokenizerFast, criteria: Sequence[str], max_length: int, stride: int) -> None:
    """Raise EncoderError if a criterion leaves less than a quarter of the window to the text, or at most `stride`."""
    distinct = list(dict.fromkeys(criteria))
    ids = tokenizer(distinct, add_special_tokens=False, return_attention_mask=False, verbose=False)["input_ids"]
    longest = max(range(len(distinct)), key=lambda position: len(ids[position]))
    room = max_length - tokenizer.num_special_tokens_to_add(pair=True) - len(ids[longest])
    needed = max(int(np.ceil(MIN_TEXT_SHARE * max_length)), stride + 1)
    if room < needed:
        raise EncoderError(
            "a criterion leaves too little of the window for the text",
            got=f"{len(ids[longest])} tokens, which leave {room} of {max_length}: {distinct[longest][:80]!r}",
            allowed=f"at least {needed} left: a quarter of max_length, and more than stride ({stride})",
            remedy="raise max_length or lower stride, where they are searched or else in encoder, or shorten the "
            "criterion's text",
        )


def _encode(
    tokenizer: PreTrainedTokenizerFast, pairs: Sequence[tuple[str, str]], max_length: int, stride: int
) -> EncodedWindows:
    backend = tokenizer.backend_tokenizer  # takes half the time of the wrapper, which converts every token twice
    backend.enable_truncation(max_length, stride=stride, strategy="only_second")
    parts = []
    for begin in range(0, len(pairs), _CHUNK):
        encodings = backend.encode_batch(pairs[begin : begin + _CHUNK])
        windows = [(begin + index, each) for index, pair in enumerate(encodings) for each in (pair, *pair.overflowing)]
        parts.append(_of_encodings([window for _, window in windows], [index for index, _ in windows]))
    backend.no_truncation()  # restores the state that callers compare and save
    return _concatenated(parts)


def joined(parts: Sequence[EncodedWindows], pairs: Sequence[int]) -> EncodedWindows:
    """The windows of several lists of pairs as those of one list; `pairs` has the lengths of the lists."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *pairs])
    return _concatenated(
        [
            replace(part, example=(part.example + start).astype(np.int32))
            for part, start in zip(parts, starts, strict=False)
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
        sentences=np.full(total, -1, dtype=np.int32),
    )


def _trim(windows: EncodedWindows, texts: Sequence[str]) -> None:
    """Trim white space from both ends of the offsets, in place; some tokenizers include the space before a word."""
    whole = "".join(texts)
    codes = np.frombuffer(whole.encode("utf-32-le"), np.uint32)
    visible = ~np.isin(codes, [ord(character) for character in set(whole) if character.isspace()])
    positions = np.arange(len(codes))
    next_start = np.minimum.accumulate(np.where(visible, positions, len(codes))[::-1])[::-1]
    last_end = np.maximum.accumulate(np.where(visible, positions + 1, 0))
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
    """Replace special tokens in the text by the unknown token, in place: Unigram vocabularies list them as words."""
    special = [number for number in tokenizer.all_special_ids if number != tokenizer.unk_token_id]
    if tokenizer.unk_token_id is not None:
        input_ids[in_text & np.isin(input_ids, special)] = tokenizer.unk_token_id
