"""What frozen layers say of a window, computed once: they have no dropout and do not learn.

Owns which frozen layers models have in common, and the store of their states of whole portions: every epoch, and every
fit of this process that freezes the same layers, goes on from there. Whether a portion's states are kept depends on
nothing but its size, so that a fit computes the same wherever it runs.
"""

import hashlib
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

KEPT_BYTES = 512 * 2**20  # of all portions together; what was used longest ago is forgotten
_LARGEST = KEPT_BYTES // 2  # of one portion, since a fit goes to and fro between train and val
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
        return tokens.going_on_from(encode_below(self.encoder, tokens, self.layers))

    def equal(self, other: "FrozenLayers") -> bool:
        """Whether both say the same of everything."""
        ours, theirs = self.weights(), other.weights()
        same = (self.layers, len(ours)) == (other.layers, len(theirs))
        return same and all(map(torch.equal, ours, theirs))

    def weights(self) -> list[nn.Parameter]:
        """All weights that what they say depends on."""
        return lower_parameters(self.encoder, self.layers)


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
    """A batch as it stands above frozen layers, one for each of its sides; where it was there already, as it is."""
    if not frozen or batch.tokens.below is not None:
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
    key = (id(batches), compute.dtype, _digest(frozen))
    if key not in _KEPT:
        _forget_until(KEPT_BYTES - size)
        _KEPT[key] = _Kept(batches, _states(frozen, batches, compute), size)
    _KEPT.move_to_end(key)
    return batches.going_on_from(_KEPT[key].states)


@dataclass(frozen=True)
class _Kept:
    batches: BatchMaker  # held, lest another's id were the same
    states: list[LowerStates]
    size: int


_KEPT: OrderedDict[tuple[int, torch.dtype, str], _Kept] = OrderedDict()


def _forget_until(size: int) -> None:
    while sum(kept.size for kept in _KEPT.values()) > size:
        _KEPT.popitem(last=False)


def _digest(frozen: Sequence[FrozenLayers]) -> str:
    found = hashlib.blake2b(digest_size=16)
    for layers in frozen:
        found.update(str(layers.layers).encode())
        for weights in layers.weights():
            found.update(weights.detach().cpu().numpy().data)
    return found.hexdigest()


def _states(frozen: Sequence[FrozenLayers], batches: BatchMaker, compute: Compute) -> list[LowerStates]:
    """For each side the states of its N tokens, (N, H), in the type of the matrix products' factors."""
    kept = [
        torch.empty(len(tokens.input_ids), hidden_size(layers.encoder), dtype=compute.dtype, device=compute.device)
        for layers, tokens in zip(frozen, batches.sides, strict=True)
    ]
    with torch.no_grad(), compute.autocast():  # no inference mode: the states enter layers that learn
        for batch in batches.by_length(_AT_ONCE):
            ready = above(frozen, batch)
            for values, places, tokens in zip(
                kept, batches.places(batch.windows), (ready.tokens, ready.criteria_tokens), strict=False
            ):
                values[places.to(compute.device)] = _real(tokens).to(compute.dtype)
    return [LowerStates(values, layers.layers) for values, layers in zip(kept, frozen, strict=True)]


def _real(tokens: TokenBatch) -> Tensor:
    """The states without those of the padding, windows and tokens in their order."""
    assert tokens.below is not None  # noqa: S101 (they come from `above`)
    return tokens.below.values[tokens.attention_mask.bool()]
