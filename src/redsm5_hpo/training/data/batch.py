"""A batch: what a model reads of some windows, and what it should answer.

Owns its tensors and what can be done to all of them. Does not make batches.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from redsm5_hpo.modeling.inputs import TokenBatch


@dataclass(frozen=True)
class Batch:
    """A padded batch of B windows.

    Attributes:
        windows: (B,) positions in the window set.
        tokens, criteria_tokens: what the encoders read; one object if both read the same.
        status: (B,) int64 targets.
        gold: (B, G, 2) int64 target spans, padded with -1.
    """

    windows: NDArray[np.int64]
    tokens: TokenBatch
    criteria_tokens: TokenBatch
    status: Tensor
    gold: Tensor

    def map(self, function: Callable[[Tensor], Tensor]) -> "Batch":
        """The same batch with another tensor for each of its own."""
        tokens = criteria_tokens = self.tokens.map(function)
        if self.criteria_tokens is not self.tokens:
            criteria_tokens = self.criteria_tokens.map(function)
        return Batch(self.windows, tokens, criteria_tokens, function(self.status), function(self.gold))

    def tensors(self) -> list[Tensor]:
        """The tensors of the batch, in the order of `map`."""
        criteria = [] if self.criteria_tokens is self.tokens else self.criteria_tokens.tensors()
        return [*self.tokens.tensors(), *criteria, self.status, self.gold]
