"""Self-attention for small heads on a CPU: plain products and cheap dropout.

Owns the function and its registration with transformers under the name CPU_ATTENTION; it computes what transformers'
eager attention computes. Importing this module registers it.
"""

from typing import Any, Final, Literal

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from redsm5_hpo.modeling.dropout import cheap_dropout

Attention = Literal["eager", "sdpa", "plain_products"]
CPU_ATTENTION: Final = "plain_products"


def plain_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    **_: Any,  # noqa: ANN401 (transformers passes more to every attention function)
) -> tuple[Tensor, None]:
    """Softmax attention.

    Args:
        module: the attention layer; only its training flag is read.
        query, key, value: (B, heads, T, head size).
        attention_mask: added to the scores, broadcast to (B, heads, T, T); None where nothing is masked.
        scaling: factor of the scores.
        dropout: probability of dropping an attention weight.

    Returns:
        (B, T, heads, head size), and None for the weights, which nobody asks for.
    """
    scores = torch.matmul(query * scaling, key.transpose(2, 3))
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = cheap_dropout(scores.softmax(-1), dropout, training=module.training)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


AttentionInterface.register(CPU_ATTENTION, plain_attention)
AttentionMaskInterface.register(CPU_ATTENTION, eager_mask)
