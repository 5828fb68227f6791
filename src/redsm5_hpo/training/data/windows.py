"""Examples as windows of tokens with their targets.

Owns the targets of a window and the cache of tokens (once for each tokenizer, window, data and code). Does not cut
texts into windows (modeling/encoders/tokenization.py) or make batches. A window's status is present if it shows a part
of a gold span, and it has one target span for each gold span that it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

import redsm5_hpo
from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.core.files import hash_files, hash_value, replaced_file
from redsm5_hpo.core.layout import TOKENS
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.modeling.encoders import EncodedWindows, encode_windows, joined
from redsm5_hpo.training.data.npz import read_npz

NO_TARGET = -1


@dataclass(frozen=True)
class WindowSet:
    """All windows of a list of examples. W windows, G the most gold spans that a window shows.

    Attributes:
        tokens: the evidence side's tokens.
        criteria_tokens: those of the criteria side; the same object unless joint has two tokenizers.
        status: (W,) int64, 1 for present.
        gold: (W, G, 2) int64, first and last token of each target span, (0, 0) for "no evidence", -1 for padding.
    """

    tokens: EncodedWindows
    criteria_tokens: EncodedWindows
    status: NDArray[np.int64]
    gold: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.status)

    def of_examples(self, kept: NDArray[np.bool_]) -> "WindowSet":
        """The windows of some of the examples, which are renumbered; `kept` has one value for each example."""
        windows = kept[self.tokens.example]
        tokens = self.tokens.of_examples(kept)
        if self.criteria_tokens is self.tokens:
            return WindowSet(tokens, tokens, self.status[windows], self.gold[windows])
        # The criteria side has one window for each of the evidence side's.
        criteria_tokens = self.criteria_tokens.of_examples(windows)
        return WindowSet(tokens, criteria_tokens, self.status[windows], self.gold[windows])


def joined_windows(sets: Sequence[WindowSet], examples: Sequence[int]) -> WindowSet:
    """The windows of several lists of examples as those of one list; `examples` holds the length of each list."""
    if len(sets) == 1:
        return sets[0]
    tokens = criteria_tokens = joined([each.tokens for each in sets], examples)
    if sets[0].criteria_tokens is not sets[0].tokens:
        criteria_tokens = joined([each.criteria_tokens for each in sets], [len(each) for each in sets])
    most = max(each.gold.shape[1] for each in sets)
    gold = [
        np.pad(each.gold, ((0, 0), (0, most - each.gold.shape[1]), (0, 0)), constant_values=NO_TARGET) for each in sets
    ]
    return WindowSet(tokens, criteria_tokens, np.concatenate([each.status for each in sets]), np.concatenate(gold))


def make_windows(
    examples: Sequence[Example],
    tokenizers: Sequence[PreTrainedTokenizerBase],
    max_length: int,
    stride: int,
    *,
    cached: bool = True,
) -> WindowSet:
    """The windows of all examples, in their order.

    Args:
        tokenizers: one, or joint's evidence and criteria tokenizer.
        cached: whether the tokens are kept on the disk for the next fit.
    """
    criteria, texts = [example.criterion for example in examples], [example.text for example in examples]
    tokens = _encode(tokenizers[0], criteria, texts, max_length, stride, cached=cached)
    criteria_tokens = tokens
    if len(tokenizers) > 1:
        criteria_tokens = _encode_like(tokens, examples, tokenizers[1], cached=cached)
    status, gold = _targets(examples, tokens)
    return WindowSet(tokens, criteria_tokens, status, gold)


def _encode(
    tokenizer: PreTrainedTokenizerBase,
    criteria: list[str],
    texts: list[str],
    max_length: int,
    stride: int,
    *,
    cached: bool,
) -> EncodedWindows:
    spans = {text: sentence_spans(text) for text in dict.fromkeys(texts)}
    sentences = [spans[text] for text in texts]
    code, rules = _code(), tokenizer.backend_tokenizer.to_str()
    key = hash_value([*code, rules, max_length, stride, criteria, texts, [*spans.values()]])
    path = TOKENS / f"{key[:32]}.npz"
    arrays = read_npz(path) if cached else None
    if arrays is not None and arrays.keys() == {each.name for each in fields(EncodedWindows)}:
        return EncodedWindows(**arrays)
    tokens = encode_windows(tokenizer, criteria, texts, max_length, stride, sentences)
    if cached:
        _write_cache(path, tokens)
    return tokens


@cache
def _code() -> tuple[str, str]:
    """What makes windows of texts: a study's fingerprint names it, so that no study may find windows of another."""
    package = Path(redsm5_hpo.__file__).parent
    return hash_files([package / "modeling" / "encoders"], relative_to=package), version("tokenizers")


def _encode_like(
    tokens: EncodedWindows, examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, *, cached: bool
) -> EncodedWindows:
    """The text of each window from another tokenizer, since both sides must show the same text."""
    criteria, texts = [], []
    bounds = np.append(tokens.starts, len(tokens.input_ids))
    for window, index in enumerate(tokens.example):
        offsets = tokens.offsets[bounds[window] : bounds[window + 1]]
        shown = offsets[offsets[:, 0] >= 0]
        criteria.append(examples[index].criterion)
        texts.append(examples[index].text[shown[0, 0] : shown[-1, 1]] if len(shown) else "")
    longest = int(tokenizer.model_max_length)
    encoded = _encode(tokenizer, criteria, texts, longest, 0, cached=cached)
    if len(encoded.lengths) > len(texts):
        raise EncoderError(
            "a window of the evidence encoder is too long for the criteria encoder",
            got=f"{len(encoded.lengths) - len(texts)} windows longer than {longest} tokens",
            remedy="lower encoder.max_length",
        )
    return encoded


def _targets(examples: Sequence[Example], tokens: EncodedWindows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bounds = np.append(tokens.starts, len(tokens.input_ids))
    shown = [
        _spans_shown(examples[index], tokens.offsets[bounds[window] : bounds[window + 1]])
        for window, index in enumerate(tokens.example)
    ]
    # Without spans, as in a sentence, every window has its example's status.
    status = [
        int(bool(spans)) if examples[index].spans else examples[index].status
        for spans, index in zip(shown, tokens.example, strict=True)
    ]
    gold = np.full((len(shown), max(1, *(len(spans) for spans in shown)), 2), NO_TARGET, dtype=np.int64)
    for window, spans in enumerate(shown):
        for position, span in enumerate(spans or [(0, 0)]):
            gold[window, position] = span
    return np.array(status, dtype=np.int64), gold


def _spans_shown(example: Example, offsets: NDArray[np.int32]) -> list[tuple[int, int]]:
    """First and last token of the visible part of each gold span."""
    found = []
    for start, end in example.spans:
        inside = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start) & (offsets[:, 0] >= 0))
        if len(inside):
            found.append((int(inside[0]), int(inside[-1])))
    return found


def _write_cache(path: Path, tokens: EncodedWindows) -> None:
    with replaced_file(path) as stream:
        np.savez(stream, **vars(tokens))
