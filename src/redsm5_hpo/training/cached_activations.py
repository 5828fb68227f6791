"""What frozen layers make of a window, computed once: they have no dropout and do not learn.

Owns which frozen layers models have in common, and which of their activations a process holds. Every epoch, and every
fit that freezes the same layers, goes on from there. They are held in half precision; whether those of a portion are
depends on nothing but its size, so that a fit computes the same wherever it runs. How they are kept on disk for other
processes is activation_store's.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import frozen_depth, hidden_size, lower_parameters
from redsm5_hpo.modeling.encoding import encode_below
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch
from redsm5_hpo.training.activation_store import Source, stored
from redsm5_hpo.training.batches import Batch, BatchMaker
from redsm5_hpo.training.data import PortionData
from redsm5_hpo.training.device import Compute

_KEPT_BYTES = 512 * 2**20  # of all portions together; what was used longest ago is forgotten
_LARGEST = _KEPT_BYTES // 2  # of one portion, since a fit goes to and fro between train and val
_AT_ONCE = 32  # windows; not a fit's batch size, on which what is kept must not depend


@dataclass(frozen=True)
class FrozenLayers:
    """The lowest layers of an encoder that do not learn.

    Attributes:
        encoder: any of those that have them.
        layers: how many they are, at least 1.
    """

    encoder: nn.Module
    layers: int

    def run(self, tokens: TokenBatch) -> TokenBatch:
        """The tokens as they are above these layers."""
        return tokens.going_on_from(LowerStates(self.states(tokens), self.layers))

    def states(self, tokens: TokenBatch) -> Tensor:
        """What they make of a batch, (B, T, H) float32."""
        return encode_below(self.encoder, tokens, self.layers)

    def equal(self, other: "FrozenLayers") -> bool:
        """Whether both make the same of everything."""
        return self.layers == other.layers and _all_equal(self.weights(), other.weights())

    def weights(self) -> list[Tensor]:
        """All weights that their activations depend on; without the modules that they are of."""
        return [parameter.detach() for parameter in lower_parameters(self.encoder, self.layers)]


def common_frozen_layers(models: Sequence[nn.Module], sides: int) -> list[FrozenLayers]:
    """Those that all models have in common, for each of the `sides` that batches have.

    Returns:
        none where a model learns from its lowest layer on, or two make different things of the same tokens.
    """
    encoders = [list(model.get_submodule("encoders").children()) for model in models]
    # Where both sides of a batch are the same tokens, both encoders of joint read them.
    readers = [list(chain(*encoders))] if sides == 1 else [[own[0] for own in encoders], [own[-1] for own in encoders]]
    frozen = [[FrozenLayers(encoder, frozen_depth(encoder)) for encoder in side] for side in readers]
    agreed = all(side and side[0].layers and all(map(side[0].equal, side[1:])) for side in frozen)
    return [side[0] for side in frozen] if agreed else []


def above(frozen: Sequence[FrozenLayers], batch: Batch) -> Batch:
    """A batch as it is above frozen layers, those of each of its sides; unchanged where there are none."""
    if not frozen:
        return batch
    tokens = frozen[0].run(batch.tokens)
    shared = batch.criteria_tokens is batch.tokens
    return replace(batch, tokens=tokens, criteria_tokens=tokens if shared else frozen[1].run(batch.criteria_tokens))


def with_cached_activations(portion: PortionData, model: nn.Module, compute: Compute) -> BatchMaker:
    """The portion's batches, to be read above the model's frozen layers.

    They are unchanged where there are no frozen layers, where all windows of the portion's folders are too many, or
    where an activation is beyond half precision.
    """
    frozen = common_frozen_layers([model], len(portion.batches.sides))
    if not frozen or _size(frozen, portion.folders) > _LARGEST:
        return portion.batches
    states = [_kept(frozen, folder, compute) for folder in portion.folders]
    if any(each is None for each in states):
        return portion.batches
    below, starts = [], []
    for number, layers in enumerate(frozen):
        of_side = [each[number] for each in states if each is not None]
        below.append(LowerStates(of_side[0] if len(of_side) == 1 else torch.cat(of_side), layers.layers))
        starts.append(_starts(portion.folders, number)[portion.chosen])
    return portion.batches.going_on_from(below, starts)


def _starts(folders: Sequence[BatchMaker], side: int) -> NDArray[np.int64]:
    """Where the activations of each window begin, those of all folders one after another."""
    lengths = np.concatenate([folder.sides[side].lengths for folder in folders]).astype(np.int64)
    return np.cumsum(lengths) - lengths


def _size(frozen: Sequence[FrozenLayers], folders: Sequence[BatchMaker]) -> int:
    return sum(
        len(tokens.input_ids) * hidden_size(layers.encoder) * torch.half.itemsize
        for folder in folders
        for layers, tokens in zip(frozen, folder.sides, strict=True)
    )


@dataclass(frozen=True)
class _Kept:
    batches: BatchMaker  # held, lest another's id were the same
    weights: list[Tensor]  # the published ones, which all fits share (training/model.py)
    states: list[Tensor] | None
    size: int


_KEPT: OrderedDict[tuple[int, torch.dtype, tuple[int, ...]], _Kept] = OrderedDict()


def _kept(frozen: Sequence[FrozenLayers], folder: BatchMaker, compute: Compute) -> list[Tensor] | None:
    """For each side the activations of all tokens of a folder, (N, H), in half precision; None where one is beyond."""
    key = (id(folder), compute.half, tuple(layers.layers for layers in frozen))
    weights = [weight for layers in frozen for weight in layers.weights()]
    if key not in _KEPT or not _all_equal(weights, _KEPT[key].weights):
        _KEPT.pop(key, None)
        size = _size(frozen, [folder])
        _forget_until(_KEPT_BYTES - size)
        made_of = Source(tuple(layers.layers for layers in frozen), weights, folder.sides, compute)
        states = stored(made_of, lambda: _computed(frozen, folder, compute))
        _KEPT[key] = _Kept(folder, weights, states, size)
    _KEPT.move_to_end(key)
    return _KEPT[key].states


def _forget_until(size: int) -> None:
    while sum(kept.size for kept in _KEPT.values()) > size:
        _KEPT.popitem(last=False)


def _all_equal(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> bool:
    return len(ours) == len(theirs) and all(map(torch.equal, ours, theirs))


def _computed(frozen: Sequence[FrozenLayers], batches: BatchMaker, compute: Compute) -> list[Tensor]:
    found = [
        torch.empty(len(tokens.input_ids), hidden_size(layers.encoder), dtype=compute.half, device=compute.device)
        for layers, tokens in zip(frozen, batches.sides, strict=True)
    ]
    with torch.no_grad(), compute.autocast():  # no inference mode: the states enter layers that learn
        for batch in batches.by_length(_AT_ONCE):
            read = (batch.tokens, batch.criteria_tokens)
            for values, layers, places, tokens in zip(found, frozen, batches.places(batch.windows), read, strict=False):
                real = layers.states(tokens)[tokens.attention_mask.bool()]  # windows and tokens in their order
                values[places.to(compute.device)] = real.to(compute.half)
    return found
