"""Cached activations of frozen layers, which have no dropout and do not learn: computed once for each window.

Owns which frozen layers models have in common, and the activations that a process caches, for all epochs and for all
fits that freeze the same layers. They are cached in half precision. Whether a portion's activations are cached depends
on its size and the kind of device alone, so that a fit computes the same wherever it runs. The cache on disk, where
those of a CPU stay, is in activation_store.py.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import deciding_settings, frozen_depth, hidden_size, lower_parameters
from redsm5_hpo.modeling.encoding import encode_below
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch
from redsm5_hpo.training.data.activation_store import Source, stored
from redsm5_hpo.training.data.batch import Batch
from redsm5_hpo.training.data.cached_states import CachedStates
from redsm5_hpo.training.data.collate import BatchMaker
from redsm5_hpo.training.data.dataset import PortionDataset
from redsm5_hpo.training.device import Compute

# Of one portion. The cache holds twice as much, since a fit alternates between train and val, and then removes the
# least recently used activations first. A GPU's are in its memory.
_MAX_PORTION_BYTES = {"cpu": 2 * 2**30, "cuda": 256 * 2**20}
_BATCH_SIZE = 32  # not that of a fit, on which cached activations must not depend


@dataclass(frozen=True)
class FrozenLayers:
    """The lowest layers of an encoder, which do not learn.

    Attributes:
        encoder: any of the encoders that have them in common.
        layers: their number, at least 1.
    """

    encoder: nn.Module
    layers: int

    def run(self, tokens: TokenBatch) -> TokenBatch:
        """The tokens with the states after these layers."""
        return tokens.resumed_from(LowerStates(self.states(tokens), self.layers))

    def states(self, tokens: TokenBatch) -> Tensor:
        """The states of a batch after these layers, (B, T, H) float32."""
        return encode_below(self.encoder, tokens, self.layers)

    def equal(self, other: "FrozenLayers") -> bool:
        """Whether both compute the same."""
        as_many = self.layers == other.layers and self.settings() == other.settings()
        return as_many and _all_equal(self.weights(), other.weights())

    def settings(self) -> str:
        """All settings that their activations depend on, beside the weights."""
        return deciding_settings(self.encoder)

    def weights(self) -> list[Tensor]:
        """All weights that their activations depend on."""
        return [parameter.detach() for parameter in lower_parameters(self.encoder, self.layers)]


def common_frozen_layers(models: Sequence[nn.Module], sides: int) -> list[FrozenLayers]:
    """The frozen layers that all models have in common, for each of the `sides` of a batch.

    Returns:
        an empty list if a model's lowest layer learns, or if frozen layers that read the same tokens differ.
    """
    encoders = [list(model.get_submodule("encoders").children()) for model in models]
    # If both sides of a batch are the same tokens, both encoders of joint read them.
    readers = [list(chain(*encoders))] if sides == 1 else [[own[0] for own in encoders], [own[-1] for own in encoders]]
    frozen = [[FrozenLayers(encoder, frozen_depth(encoder)) for encoder in side] for side in readers]
    agreed = all(side and side[0].layers and all(map(side[0].equal, side[1:])) for side in frozen)
    return [side[0] for side in frozen] if agreed else []


def run_frozen_layers(frozen: Sequence[FrozenLayers], batch: Batch) -> Batch:
    """The batch with the states after the frozen layers of each of its sides; unchanged if there are none."""
    if not frozen:
        return batch
    tokens = frozen[0].run(batch.tokens)
    shared = batch.criteria_tokens is batch.tokens
    return replace(batch, tokens=tokens, criteria_tokens=tokens if shared else frozen[1].run(batch.criteria_tokens))


def with_cached_activations(portion: PortionDataset, model: nn.Module, compute: Compute) -> BatchMaker:
    """The portion's batches, with the cached states after the model's frozen layers.

    They are unchanged if the model has no frozen layers, if the activations of the portion's folders are too large, or
    if one is not finite in half precision.
    """
    frozen = common_frozen_layers([model], len(portion.batches.sides))
    if not frozen or _bytes(frozen, portion.folders) > _MAX_PORTION_BYTES[compute.device.type]:
        return portion.batches
    found = [_cached(frozen, folder, compute) for folder in portion.folders]
    states = [each for each in found if each is not None]
    if len(states) < len(found):
        return portion.batches
    return portion.batches.resumed_from([_of_side(portion, states, *each) for each in enumerate(frozen)])


def _of_side(
    portion: PortionDataset, states: Sequence[Sequence[Tensor]], side: int, frozen: FrozenLayers
) -> CachedStates:
    sides = [folder.sides[side] for folder in portion.folders]
    folders = np.concatenate([np.full(len(each.lengths), number) for number, each in enumerate(sides)])
    starts = np.concatenate([each.starts for each in sides])
    selected = portion.selected
    return CachedStates([each[side] for each in states], frozen.layers, folders[selected], starts[selected])


def _bytes(frozen: Sequence[FrozenLayers], folders: Sequence[BatchMaker]) -> int:
    return sum(
        len(tokens.input_ids) * hidden_size(layers.encoder) * torch.half.itemsize
        for folder in folders
        for layers, tokens in zip(frozen, folder.sides, strict=True)
    )


@dataclass(frozen=True)
class _Entry:
    batches: BatchMaker  # so that no other object gets its id
    weights: list[Tensor]  # the published ones, which all fits share (training/model.py)
    states: list[Tensor] | None
    bytes: int


_CACHE: OrderedDict[tuple[int, torch.dtype, tuple[int, ...], tuple[str, ...]], _Entry] = OrderedDict()


def _cached(frozen: Sequence[FrozenLayers], folder: BatchMaker, compute: Compute) -> list[Tensor] | None:
    """For each side the activations of all tokens of a folder, (N, H), in half precision; None if one is not finite."""
    layers_of_sides, settings = tuple(each.layers for each in frozen), tuple(each.settings() for each in frozen)
    key = (id(folder), compute.half, layers_of_sides, settings)
    weights = [weight for layers in frozen for weight in layers.weights()]
    if key not in _CACHE or not _all_equal(weights, _CACHE[key].weights):
        _CACHE.pop(key, None)
        size = _bytes(frozen, [folder])
        _remove_least_recently_used(2 * _MAX_PORTION_BYTES[compute.device.type] - size)
        source = Source(layers_of_sides, settings, weights, folder.sides, folder.isolated, compute)
        states = stored(source, lambda: _computed(frozen, folder, compute))
        _CACHE[key] = _Entry(folder, weights, states, size)
    _CACHE.move_to_end(key)
    return _CACHE[key].states


def forget_cached_activations() -> None:
    """Free the memory of all activations; those on the disk stay."""
    _CACHE.clear()


def _remove_least_recently_used(max_bytes: int) -> None:
    while sum(entry.bytes for entry in _CACHE.values()) > max_bytes:
        _CACHE.popitem(last=False)


def _all_equal(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> bool:
    return len(ours) == len(theirs) and all(map(torch.equal, ours, theirs))


def _computed(frozen: Sequence[FrozenLayers], batches: BatchMaker, compute: Compute) -> list[Tensor]:
    found = [
        torch.empty(len(tokens.input_ids), hidden_size(layers.encoder), dtype=compute.half, device=compute.device)
        for layers, tokens in zip(frozen, batches.sides, strict=True)
    ]
    with torch.no_grad(), compute.autocast():  # not inference mode: layers that learn read the states
        for batch in batches.by_length(_BATCH_SIZE):
            sides = (batch.tokens, batch.criteria_tokens)
            positions = batches.positions(batch.windows)
            for values, layers, of_side, tokens in zip(found, frozen, positions, sides, strict=False):
                real = layers.states(tokens)[tokens.attention_mask.bool()]  # window by window
                values[of_side.to(compute.device)] = real.to(compute.half)
    return found
