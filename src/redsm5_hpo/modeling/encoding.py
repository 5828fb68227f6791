"""Runs an encoder on a batch: all layers, the lowest layers, or the layers above them.

Owns the call, and how an encoder is split between two layers. Does not decide which layers are cached.
"""

from torch import Tensor, nn

from redsm5_hpo.modeling import cpu
from redsm5_hpo.modeling.attention_mask import positions
from redsm5_hpo.modeling.deberta_positions import positioned_on_device
from redsm5_hpo.modeling.encoders import (
    above_layers,
    first_position,
    has_bert_layers,
    has_plain_attention,
    layers_of,
    layers_path,
    uses_token_types,
)
from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.modeling.isolated_deberta import isolating
from redsm5_hpo.modeling.mask_of_encoder import mask_of_encoder
from redsm5_hpo.modeling.replaced_modules import with_module_at, with_modules


def encode(encoder: nn.Module, tokens: TokenBatch) -> Tensor:
    """The states of the highest layer, (B, T, H); continues from `tokens.below` if it is set."""
    return _up_to(encoder, tokens, len(layers_of(encoder)))


def encode_first(encoder: nn.Module, tokens: TokenBatch) -> Tensor:
    """The states of each window's first token only, (B, 1, H)."""
    *lower, top = layers_of(encoder)
    nothing_to_run = tokens.below is not None and tokens.below.layers > len(lower)
    if not cpu.ENABLED or not has_bert_layers(encoder) or nothing_to_run:
        return encode(encoder, tokens)[:, :1]
    return cpu.first_token_state(top, _up_to(encoder, tokens, len(lower)), tokens.attention_mask)


def encode_below(encoder: nn.Module, tokens: TokenBatch, layers: int) -> Tensor:
    """The states after the lowest `layers` layers, (B, T, H) float32."""
    return _up_to(encoder, tokens, layers).float()


class _NoEmbeddings(nn.Module):
    """Replaces the embeddings of an encoder whose input is states."""

    def forward(self, *, inputs_embeds: Tensor, **_: object) -> Tensor:
        return inputs_embeds


def _up_to(encoder: nn.Module, tokens: TokenBatch, layers: int) -> Tensor:
    """The states after the lowest `layers` layers, of which `tokens.below` may have run some."""
    if tokens.below is None:
        return _run(_with_layers(encoder, 0, layers), tokens, input_ids=tokens.input_ids)
    if tokens.below.layers == layers:
        return tokens.below.values
    above = _above(_with_layers(encoder, tokens.below.layers, layers))
    return _run(above, tokens, inputs_embeds=tokens.below.values)


def _above(encoder: nn.Module) -> nn.Module:
    """The same layers, without the embeddings below them."""
    above = with_modules(encoder, embeddings=_NoEmbeddings())
    stack = getattr(encoder, "encoder", None)
    if getattr(stack, "conv", None) is not None:  # DeBERTa version 2 has one beside the lowest layer
        above = with_modules(above, encoder=with_modules(encoder.get_submodule("encoder"), conv=None))
    return with_modules(above, embeddings_project=nn.Identity()) if hasattr(above, "embeddings_project") else above


def _with_layers(encoder: nn.Module, first: int, end: int) -> nn.Module:
    """The encoder with some of its layers; what is above the layers belongs to the highest one."""
    layers = layers_of(encoder)
    lower = {name: nn.Identity() for name in above_layers(encoder)} if end < len(layers) else {}
    path = layers_path(encoder).split(".")
    return with_modules(with_module_at(encoder, path, nn.ModuleList(layers[first:end])), **lower)


def _run(encoder: nn.Module, tokens: TokenBatch, **inputs: Tensor) -> Tensor:
    types = {"token_type_ids": tokens.token_type_ids} if uses_token_types(encoder) else {}
    if tokens.isolated:
        types["position_ids"] = positions(tokens) + first_position(encoder)
    if not has_plain_attention(encoder):
        encoder = positioned_on_device(isolating(encoder, tokens) if tokens.isolated else encoder)
    states: Tensor = encoder(attention_mask=mask_of_encoder(encoder, tokens), **types, **inputs).last_hidden_state
    return states
