"""Self-attention for small heads on a CPU; equals transformers' eager attention.

Owns the function and its name in transformers. Importing this module registers it under CPU_ATTENTION.
"""

from typing import Any, Final

from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from redsm5_hpo.modeling.cpu.blocked_attention import BlockedAttention, Settings

CPU_ATTENTION: Final = "plain_products"


def plain_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    **_: Any,  # noqa: ANN401 (transformers passes more arguments)
) -> tuple[Tensor, None]:
    """Softmax attention.

    Args:
        module: the attention layer, for its training flag.
        query, key, value: (B, heads, T, head size), bfloat16 or float32.
        attention_mask: added to the scores, broadcast to (B, heads, T, T); None masks nothing.
        scaling: factor of the scores.
        dropout: probability of dropping an attention weight.

    Returns:
        (B, T, heads, head size), and None for the weights, which no caller reads.
    """
    p = dropout if module.training else 0.0
    if attention_mask is not None:
        attention_mask = attention_mask.expand(len(query), -1, -1, -1)
    result: Tensor = BlockedAttention.apply(query, key, value, attention_mask, Settings(scaling, p))  # type: ignore[no-untyped-call]
    return result.transpose(1, 2).contiguous(), None


AttentionInterface.register(CPU_ATTENTION, plain_attention)
AttentionMaskInterface.register(CPU_ATTENTION, eager_mask)
