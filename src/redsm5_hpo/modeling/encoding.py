"""Running an encoder over a batch: all of it, its lowest layers alone, or the layers above them.

Owns the call and how an encoder is entered between two layers. Does not decide which layers are run apart.
"""

import copy

from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import layers_of, uses_token_types
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch


def encode(encoder: nn.Module, tokens: TokenBatch) -> Tensor:
    """The states of the highest layer, (B, T, H); goes on from `tokens.below` where that is there."""
    if tokens.below is None:
        return _run(encoder, tokens, input_ids=tokens.input_ids)
    if tokens.below.layers == len(layers_of(encoder)):
        return tokens.below.values
    return _run(_above(encoder, tokens.below.layers), tokens, inputs_embeds=tokens.below.values)


def encode_below(encoder: nn.Module, tokens: TokenBatch, layers: int) -> LowerStates:
    """The states of the layer that has `layers - 1` layers below it; at least one layer is run."""
    lower = _with(encoder, encoder=_with_layers(encoder, layers_of(encoder)[:layers]))
    return LowerStates(_run(lower, tokens, input_ids=tokens.input_ids).float(), layers)


class _Given(nn.Module):
    """Stands for the embeddings where what would be embedded are states already."""

    def forward(self, *, inputs_embeds: Tensor, **_: object) -> Tensor:
        return inputs_embeds


def _above(encoder: nn.Module, layers: int) -> nn.Module:
    stack = _with_layers(encoder, layers_of(encoder)[layers:])
    if getattr(stack, "conv", None) is not None:  # of DeBERTa version 2, beside the lowest layer
        stack = _with(stack, conv=None)
    above = _with(encoder, embeddings=_Given(), encoder=stack)
    return _with(above, embeddings_project=nn.Identity()) if hasattr(above, "embeddings_project") else above


def _with_layers(encoder: nn.Module, layers: list[nn.Module]) -> nn.Module:
    return _with(encoder.get_submodule("encoder"), layer=nn.ModuleList(layers))


def _with(module: nn.Module, **modules: nn.Module | None) -> nn.Module:
    """The same module, weights included, with other modules in place of some of its own."""
    changed = copy.copy(module)
    changed._modules = {**module._modules, **modules}
    return changed


def _run(encoder: nn.Module, tokens: TokenBatch, **read: Tensor) -> Tensor:
    types = {"token_type_ids": tokens.token_type_ids} if uses_token_types(encoder) else {}
    states: Tensor = encoder(attention_mask=tokens.attention_mask, **types, **read).last_hidden_state
    return states
