"""A window's sentences as features: what a sentence says, what is asked, and how the two agree.

Owns the features [u; c; u * c] of each sentence: u is the mean state of its tokens, and c the mean state of the tokens
beside the text, which are the criterion's and the special ones. Both have length 1, as where sentence encoders compare
texts by the cosine (Reimers and Gurevych 2019, 1908.10084); their product, whose features are about sqrt(H) times
smaller, is brought to their size. All sentences of a window are encoded in one pass, as in Cohan et al. 2019
(1909.04054), and pooled after encoding, as in Günther et al. 2024 (2409.04701).
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from redsm5_hpo.modeling.inputs import TokenBatch

PARTS = 3  # u, c and u * c


def sentence_features(states: Tensor, tokens: TokenBatch) -> Tensor:
    """(B, T, H) -> (B, S, 3 H); u is 0 for a sentence without tokens."""
    criterion = tokens.attention_mask.bool() & (tokens.sentence_numbers == 0)
    means = _means(states, torch.cat([tokens.sentences, criterion.unsqueeze(1)], dim=1)).float()
    means = functional.normalize(means, dim=-1).to(states.dtype)
    sentences, asked = means[:, :-1], means[:, -1:]
    agreement = sentences * asked * math.sqrt(states.shape[-1])
    return torch.cat([sentences, asked.expand_as(sentences), agreement], dim=-1)


def _means(states: Tensor, members: Tensor) -> Tensor:
    """(B, T, H), (B, N, T) bool -> (B, N, H), the mean state of each set of tokens; 0 for an empty set."""
    weights = members / members.sum(-1, keepdim=True).clamp(min=1)
    return torch.bmm(weights.to(states.dtype), states)
