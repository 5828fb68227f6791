"""Which tokens of a window attend to which, and their positions.

Owns both for windows that are read as a whole and for isolated sentences: there a token of the text attends to its own
sentence, the criterion's to the criterion, and all to the last token, which attends to itself alone and takes what
attention is left over. So a sentence's states are those of the sentence read alone, as sentence encoders were trained,
and its positions count from its own first token. The first token attends to all, and no other attends to it. Does not
know how an encoder is run.
"""

from typing import cast

import torch
from torch import Tensor

from redsm5_hpo.modeling.inputs import TokenBatch


def attended(tokens: TokenBatch, reach: int | None = None) -> Tensor:
    """(B, 1, T) or, of isolated sentences and of local attention, (B, T, T) bool: whether the row's token attends.

    Args:
        reach: how far a token sees in a layer of local attention. In isolated sentences all see the last token, and the
            first sees all.
    """
    real = tokens.attention_mask.bool()
    if not tokens.isolated and reach is None:
        return real.unsqueeze(1)
    column = torch.arange(real.shape[1], device=real.device)
    first = column == 0
    near = None if reach is None else (column.unsqueeze(1) - column).abs() <= reach
    found = _of_sentences(tokens, column, near) if tokens.isolated else cast(Tensor, near)
    # A row without any token would have no softmax: padding attends to the first token, and nothing reads it.
    return torch.where(real.unsqueeze(2), found & real.unsqueeze(1), first)


def _of_sentences(tokens: TokenBatch, column: Tensor, near: Tensor | None) -> Tensor:
    """(B, T, T) bool: whether a token of isolated sentences attends to another, padding included."""
    first, last = column == 0, column == tokens.last
    group = tokens.sentence_numbers
    same = (group.unsqueeze(2) == group.unsqueeze(1)) & ~last.unsqueeze(2) & ~first
    if near is not None:
        same &= near
    return same | last.unsqueeze(1) | first.unsqueeze(1)


def positions(tokens: TokenBatch) -> Tensor:
    """(B, T) int64, counted from 0: in the window, but for tokens of isolated sentences in the sentence, from 1."""
    column = torch.arange(tokens.input_ids.shape[1], device=tokens.input_ids.device).expand_as(tokens.input_ids)
    if not tokens.isolated:
        return column
    before = torch.cat([torch.zeros_like(column[:, :1]), tokens.sentences.int().argmax(2) - 1], dim=1)
    return column - before.gather(1, tokens.sentence_numbers)
