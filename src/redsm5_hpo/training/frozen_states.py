"""What frozen layers say of a window, computed once: they have no dropout and do not learn.

Owns which frozen layers models have in common, and the store of their states of whole portions: every epoch, and every
fit of this process that freezes the same layers, goes on from there. Whether a portion's states are kept depends on
nothing but its size, so that a fit computes the same wherever it runs.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import frozen_depth, hidden_size, lower_parameters
from redsm5_hpo.modeling.encoding import encode_below
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch
from redsm5_hpo.training.batches import Batch, BatchMaker
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
        """The tokens as they stand above these layers."""
        return tokens.going_on_from(LowerStates(self.states(tokens), self.layers))

    def states(self, tokens: TokenBatch) -> Tensor:
        """What they make of a batch, (B, T, H) float32."""
        return encode_below(self.encoder, tokens, self.layers)

    def equal(self, other: "FrozenLayers") -> bool:
        """Whether both say the same of everything."""
        return self.layers == other.layers and _all_equal(self.weights(), other.weights())

    def weights(self) -> list[Tensor]:
        """All weights that what they say depends on; without the modules that they are of."""
        return [parameter.detach() for parameter in lower_parameters(self.encoder, self.layers)]


def common_frozen_layers(models: Sequence[nn.Module], sides: int) -> list[FrozenLayers]:
    """Those that all models have in common, for each of the `sides` that batches have.

    Returns:
        none where a model learns from its lowest layer on, or two say different things of the same tokens.
    """
    encoders = [list(model.get_submodule("encoders").children()) for model in models]
    # Where both sides of a batch are the same tokens, both encoders of joint read them.
    readers = [list(chain(*encoders))] if sides == 1 else [[own[0] for own in encoders], [own[-1] for own in encoders]]
    frozen = [[FrozenLayers(encoder, frozen_depth(encoder)) for encoder in side] for side in readers]
    agreed = all(side and side[0].layers and all(map(side[0].equal, side[1:])) for side in frozen)
    return [side[0] for side in frozen] if agreed else []


def above(frozen: Sequence[FrozenLayers], batch: Batch) -> Batch:
    """A batch as it stands above frozen layers, those of each of its sides; as it is where there are none."""
    if not frozen:
        return batch
    tokens = frozen[0].run(batch.tokens)
    shared = batch.criteria_tokens is batch.tokens
    return replace(batch, tokens=tokens, criteria_tokens=tokens if shared else frozen[1].run(batch.criteria_tokens))


def with_kept_states(batches: BatchMaker, model: nn.Module, compute: Compute) -> BatchMaker:
    """The same batches, to be read above the model's frozen layers; as they are where there are none, or too many."""
    frozen = common_frozen_layers([model], len(batches.sides))
    size = sum(
        len(tokens.input_ids) * hidden_size(layers.encoder) * compute.dtype.itemsize
        for layers, tokens in zip(frozen, batches.sides, strict=False)
    )
    if not frozen or size > _LARGEST:
        return batches
    key = (id(batches), compute.dtype, tuple(layers.layers for layers in frozen))
    weights = [weight for layers in frozen for weight in layers.weights()]
    if key not in _KEPT or not _all_equal(weights, _KEPT[key].weights):
        _KEPT.pop(key, None)
        _forget_until(_KEPT_BYTES - size)
        _KEPT[key] = _Kept(batches, weights, _states(frozen, batches, compute), size)
    _KEPT.move_to_end(key)
    return batches.going_on_from(_KEPT[key].states)


@dataclass(frozen=True)
class _Kept:
    batches: BatchMaker  # held, lest another's id were the same
    weights: list[Tensor]  # the published ones, which all fits share (training/model.py)
    states: list[LowerStates]
    size: int


_KEPT: OrderedDict[tuple[int, torch.dtype, tuple[int, ...]], _Kept] = OrderedDict()


def _forget_until(size: int) -> None:
    while sum(kept.size for kept in _KEPT.values()) > size:
        _KEPT.popitem(last=False)


def _all_equal(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> bool:
    return len(ours) == len(theirs) and all(map(torch.equal, ours, theirs))


def _states(frozen: Sequence[FrozenLayers], batches: BatchMaker, compute: Compute) -> list[LowerStates]:
    """For each side the states of its N tokens, (N, H), in the type of the matrix products' factors."""
    kept = [
        torch.empty(len(tokens.input_ids), hidden_size(layers.encoder), dtype=compute.dtype, device=compute.device)
        for layers, tokens in zip(frozen, batches.sides, strict=True)
    ]
    with torch.no_grad(), compute.autocast():  # no inference mode: the states enter layers that learn
        for batch in batches.by_length(_AT_ONCE):
            read = (batch.tokens, batch.criteria_tokens)
            for values, layers, places, tokens in zip(kept, frozen, batches.places(batch.windows), read, strict=False):
                real = layers.states(tokens)[tokens.attention_mask.bool()]  # windows and tokens in their order
                values[places.to(compute.device)] = real.to(compute.dtype)
    return [LowerStates(values, layers.layers) for values, layers in zip(kept, frozen, strict=True)]
