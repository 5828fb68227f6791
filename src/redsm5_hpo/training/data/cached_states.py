"""States after an encoder's lowest layers, and those of a batch among them.

Owns their padding. The states are computed, or read, in cached_activations.py.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from redsm5_hpo.modeling.inputs import LowerStates


class CachedStates(NamedTuple):
    """The states of the tokens of W windows after an encoder's lowest layers.

    Attributes:
        folders: of each folder the states of all its tokens, (M, H), in any precision, on the batches' device.
        layers: how many layers computed them.
        folder_of: (W,) the folder that each window is in.
        starts: (W,) the position of each window's first state in its folder.
    """

    folders: Sequence[Tensor]
    layers: int
    folder_of: NDArray[np.int64]
    starts: NDArray[np.int64]

    def of(self, windows: NDArray[np.int64], mask: NDArray[np.bool_]) -> LowerStates:
        """Those of some windows, padded to the mask, (B, T); undefined for padding."""
        positions = np.where(mask, self.starts[windows, np.newaxis] + np.arange(mask.shape[1]), 0)
        folders = self.folder_of[windows]
        first = self.folders[0]
        if len(self.folders) == 1:
            return LowerStates(_rows(first, positions).float(), self.layers)
        values = first.new_zeros((*mask.shape, first.shape[1]), dtype=torch.float32)
        for number in np.unique(folders):
            rows = np.flatnonzero(folders == number)
            values[torch.from_numpy(rows).to(first.device)] = _rows(self.folders[number], positions[rows]).float()
        return LowerStates(values, self.layers)


def _rows(states: Tensor, positions: NDArray[np.int64]) -> Tensor:
    """(M, H) at (B, T) positions -> (B, T, H)."""
    return functional.embedding(torch.from_numpy(positions).to(states.device, non_blocking=True), states)
