"""Runs an encoder on a batch: all layers, the lowest layers, or the layers above them.

Owns the call, the mask in the form that its encoder reads, and how an encoder is split between two layers. Does not
decide which layers are cached.
"""

import copy
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from redsm5_hpo.modeling import cpu
from redsm5_hpo.modeling.attention_mask import attended, positions
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
    above = _with(encoder, embeddings=_NoEmbeddings())
    stack = getattr(encoder, "encoder", None)
    if getattr(stack, "conv", None) is not None:  # DeBERTa version 2 has one beside the lowest layer
        above = _with(above, encoder=_with(encoder.get_submodule("encoder"), conv=None))
    return _with(above, embeddings_project=nn.Identity()) if hasattr(above, "embeddings_project") else above


def _with_layers(encoder: nn.Module, first: int, end: int) -> nn.Module:
    """The encoder with some of its layers; what is above the layers belongs to the highest one."""
    layers = layers_of(encoder)
    lower = {name: nn.Identity() for name in above_layers(encoder)} if end < len(layers) else {}
    path = layers_path(encoder).split(".")
    return _with(_with_at(encoder, path, nn.ModuleList(layers[first:end])), **lower)


def _with_at(module: nn.Module, path: Sequence[str], replacement: nn.Module) -> nn.Module:
    name, *rest = path
    return _with(module, **{name: _with_at(module.get_submodule(name), rest, replacement) if rest else replacement})


def _with(module: nn.Module, **modules: nn.Module | None) -> nn.Module:
    """A shallow copy that shares the weights, with some submodules replaced."""
    changed = copy.copy(module)
    changed._modules = {**module._modules, **modules}
    return changed


def _run(encoder: nn.Module, tokens: TokenBatch, **inputs: Tensor) -> Tensor:
    types = {"token_type_ids": tokens.token_type_ids} if uses_token_types(encoder) else {}
    if tokens.isolated:
        types["position_ids"] = positions(tokens) + first_position(encoder)
        encoder = encoder if has_plain_attention(encoder) else _isolating(encoder, tokens)
    states: Tensor = encoder(attention_mask=_attention_mask(encoder, tokens), **types, **inputs).last_hidden_state
    return states


def _isolating(encoder: nn.Module, tokens: TokenBatch) -> nn.Module:
    """DeBERTa for isolated sentences: its attention is given their mask, everything else that of padding."""
    stack, mask = _with(encoder.get_submodule("encoder")), attended(tokens)
    cast(Any, stack).get_attention_mask = lambda _: mask.unsqueeze(1)
    if getattr(stack, "conv", None) is not None:
        conv = cast(nn.Conv1d, stack.get_submodule("conv.conv"))
        stack = _with_at(stack, ("conv", "conv"), _AttendedNeighbors(conv, mask))
    return _with(encoder, encoder=stack)


class _AttendedNeighbors(nn.Module):
    """A convolution over tokens that reads a neighbor only where it is attended to."""

    def __init__(self, conv: nn.Conv1d, mask: Tensor) -> None:
        super().__init__()
        self._conv, self._mask = conv, mask

    def forward(self, states: Tensor) -> Tensor:
        """(B, H, T) -> (B, H, T)."""
        weights = self._conv.weight.unbind(2)
        shifts = (number - len(weights) // 2 for number in range(len(weights)))
        read = [self._read(states, weight, shift) for weight, shift in zip(weights, shifts, strict=True)]
        return torch.stack(read).sum(0) + cast(Tensor, self._conv.bias).unsqueeze(1)

    def _read(self, states: Tensor, weight: Tensor, shift: int) -> Tensor:
        """What each token reads of the one that is `shift` tokens after it."""
        seen = functional.pad(self._mask.diagonal(shift, 1, 2), (max(0, -shift), max(0, shift)))
        neighbors = states.roll(-shift, 2) * seen.unsqueeze(1)
        return functional.conv1d(neighbors, weight.unsqueeze(2), groups=self._conv.groups)


def _attention_mask(encoder: nn.Module, tokens: TokenBatch) -> Tensor | dict[str, Tensor] | None:
    """What is added to the attention scores: 0 for what is attended to, the lowest number else; None: all are.

    (B, 1, 1, T), or (B, 1, T, T) where sentences are isolated; ModernBERT then has one for each kind of layer.
    transformers makes the first of the (B, T) mask, but asks the device at every call whether a window is padded, and
    the host waits for a GPU's reply; and torch turns true and false into numbers again in every layer.
    """
    if not has_plain_attention(encoder):
        return tokens.attention_mask
    if not tokens.isolated and (_attention(encoder) == "eager" or not has_bert_layers(encoder)):
        return tokens.attention_mask  # ModernBERT makes one for local layers, too
    if not tokens.isolated and not tokens.padded:
        return None
    everywhere = _added(encoder, attended(tokens))
    if has_bert_layers(encoder):
        return everywhere
    nearby = attended(tokens, cast(Any, encoder).config.sliding_window)
    return {"full_attention": everywhere, "sliding_attention": _added(encoder, nearby)}


def _added(encoder: nn.Module, found: Tensor) -> Tensor:
    """(B, N, T) bool, whether a token is attended to, -> (B, 1, N, T), what is added to its score."""
    dtype, lowest = torch.float32, torch.finfo(torch.float32).min
    if _attention(encoder) == "sdpa":
        lowest = float("-inf")  # and the type of the products, which is what torch makes of true and false
        if torch.is_autocast_enabled(found.device.type):
            dtype = torch.get_autocast_dtype(found.device.type)
    left_out = ~found.unsqueeze(1)
    return torch.zeros(left_out.shape, dtype=dtype, device=found.device).masked_fill_(left_out, lowest)


def _attention(encoder: nn.Module) -> str | None:
    return cast(str | None, cast(PreTrainedModel, encoder).config._attn_implementation)
