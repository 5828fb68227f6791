"""Running an encoder over a batch: all of it, its lowest layers alone, or the layers above them.

Owns the call and how an encoder is entered and left between two layers. Does not decide which layers are run apart.
"""

import copy

from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import has_plain_attention, layers_of, uses_token_types
from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.modeling.top_layer import first_state


def encode(encoder: nn.Module, tokens: TokenBatch) -> Tensor:
    """The states of the highest layer, (B, T, H); goes on from `tokens.below` where that is there."""
    return _up_to(encoder, tokens, len(layers_of(encoder)))


def encode_first(encoder: nn.Module, tokens: TokenBatch) -> Tensor:
    """The same of each window's first token alone, (B, 1, H): the highest layer need not be run for the others."""
    *lower, top = layers_of(encoder)
    if not has_plain_attention(encoder) or (tokens.below is not None and tokens.below.layers > len(lower)):
        return encode(encoder, tokens)[:, :1]
    return first_state(top, _up_to(encoder, tokens, len(lower)), tokens.attention_mask)


def encode_below(encoder: nn.Module, tokens: TokenBatch, layers: int) -> Tensor:
    """The states of the layer that has `layers - 1` layers below it, (B, T, H) float32."""
    return _up_to(encoder, tokens, layers).float()


class _Given(nn.Module):
    """Stands for the embeddings where what would be embedded are states already."""

    def forward(self, *, inputs_embeds: Tensor, **_: object) -> Tensor:
        return inputs_embeds


def _up_to(encoder: nn.Module, tokens: TokenBatch, layers: int) -> Tensor:
    """The states of the lowest `layers` layers, of which `tokens.below` may hold some."""
    if tokens.below is None:
        return _run(_with_layers(encoder, layers_of(encoder)[:layers]), tokens, input_ids=tokens.input_ids)
    if tokens.below.layers == layers:
        return tokens.below.values
    above = _above(_with_layers(encoder, layers_of(encoder)[tokens.below.layers : layers]))
    return _run(above, tokens, inputs_embeds=tokens.below.values)


def _above(encoder: nn.Module) -> nn.Module:
    """The same layers, without what stands below the lowest."""
    stack = encoder.get_submodule("encoder")
    if getattr(stack, "conv", None) is not None:  # of DeBERTa version 2, beside the lowest layer
        stack = _with(stack, conv=None)
    above = _with(encoder, embeddings=_Given(), encoder=stack)
    return _with(above, embeddings_project=nn.Identity()) if hasattr(above, "embeddings_project") else above


def _with_layers(encoder: nn.Module, layers: list[nn.Module]) -> nn.Module:
    return _with(encoder, encoder=_with(encoder.get_submodule("encoder"), layer=nn.ModuleList(layers)))


def _with(module: nn.Module, **modules: nn.Module | None) -> nn.Module:
    """The same module, weights included, with other modules in place of some of its own."""
    changed = copy.copy(module)
    changed._modules = {**module._modules, **modules}
    return changed


def _run(encoder: nn.Module, tokens: TokenBatch, **read: Tensor) -> Tensor:
    types = {"token_type_ids": tokens.token_type_ids} if uses_token_types(encoder) else {}
    states: Tensor = encoder(attention_mask=tokens.attention_mask, **types, **read).last_hidden_state
    return states
