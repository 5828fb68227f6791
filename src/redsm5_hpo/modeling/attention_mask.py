"""Which tokens of a window attend to which, and their positions.

Owns both for windows that are read as a whole and for isolated sentences: there a token of the text attends to its own
sentence, the criterion's to the criterion, and all to the last token, which attends to itself alone and takes what
attention is left over. So a sentence's states are those of the sentence read alone, as sentence encoders were trained,
and its positions count from its own first token. The first token attends to all, and no other attends to it. Does not
know how an encoder is run.
"""

import torch
from torch import Tensor

from redsm5_hpo.modeling.inputs import TokenBatch


def attended(tokens: TokenBatch, reach: int | None = None) -> Tensor:
    """(B, 1, T) or, of isolated sentences, (B, T, T) bool: whether a token, the row, attends to another.

    Args:
        reach: how far a token of an isolated sentence sees in a layer of local attention; all see the last token, and
            the first sees all.
    """
    real = tokens.attention_mask.bool()
    if not tokens.isolated:
        return real.unsqueeze(1)
    column = torch.arange(real.shape[1], device=real.device)
    first, last = column == 0, column == tokens.last
    group = tokens.sentence_numbers
    same = (group.unsqueeze(2) == group.unsqueeze(1)) & ~last.unsqueeze(2) & ~first
    if reach is not None:
        same &= (column.unsqueeze(1) - column).abs() <= reach
    found = same | last.unsqueeze(1) | (first & real).unsqueeze(2)
    # A row without any token would have no softmax: padding attends to the first token, and nothing reads it.
    return torch.where(real.unsqueeze(2), found & real.unsqueeze(1), first)


def positions(tokens: TokenBatch) -> Tensor:
    """(B, T) int64, counted from 0: in the window, but for tokens of isolated sentences in the sentence, from 1."""
    column = torch.arange(tokens.input_ids.shape[1], device=tokens.input_ids.device).expand_as(tokens.input_ids)
    if not tokens.isolated:
        return column
    before = torch.cat([torch.zeros_like(column[:, :1]), tokens.sentences.int().argmax(2) - 1], dim=1)
    return column - before.gather(1, tokens.sentence_numbers)
