"""From models to answers.

Owns the forward pass without gradients and the step from windows back to examples: an example is as present as its
most convincing window, and its evidence is the best span of any window. Does not score.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from redsm5_hpo.modeling.decoding import best_spans, mean_outputs, status_log_odds
from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.training.batches import Batch, BatchMaker
from redsm5_hpo.training.cached_activations import above, common_frozen_layers
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.losses import Loss
from redsm5_hpo.training.scoring import Answer
from redsm5_hpo.training.windows import WindowSet


class WindowAnswers:
    """What models say of each window; filled batch by batch."""

    def __init__(self, windows: WindowSet) -> None:
        self._windows = windows
        count = len(windows)
        self._status = np.full(count, np.nan)
        self._odds = np.full(count, np.nan)
        self._tokens = np.zeros((count, 2), dtype=np.int64)

    def add(self, batch: Batch, outputs: Outputs) -> None:
        """Keep the outputs of one batch."""
        if outputs.status is not None:
            self._status[batch.windows] = _numpy(status_log_odds(outputs.status))
        if outputs.start is not None and outputs.end is not None:
            first, last, odds = best_spans(outputs.start, outputs.end)
            self._tokens[batch.windows] = np.stack([_numpy(first), _numpy(last)], axis=1)
            self._odds[batch.windows] = _numpy(odds)

    def by_example(self, examples: int) -> list[Answer]:
        """One answer for each of `examples` examples, in order."""
        tokens = self._windows.tokens
        bounds = np.concatenate([[0], np.cumsum(tokens.lengths)])
        answers = []
        for windows in np.split(
            np.arange(len(tokens.example)), np.searchsorted(tokens.example, np.arange(1, examples))
        ):
            best = windows[np.argmax(np.nan_to_num(self._odds[windows], nan=0.0))]
            first, last = bounds[best] + self._tokens[best]
            span = (int(tokens.offsets[first, 0]), int(tokens.offsets[last, 1]))
            answers.append(
                Answer(_number(self._status[windows].max()), _number(self._odds[best]), span if span[0] >= 0 else None)
            )
        return answers


def predict(
    models: Sequence[nn.Module],
    batches: BatchMaker,
    windows: WindowSet,
    compute: Compute,
    *,
    batch_size: int,
    status_weight: float,
    each: bool = False,
) -> tuple[WindowAnswers, float, list[WindowAnswers]]:
    """Answers of the models' mean probability, its mean cross-entropy over all windows, and each model's own answers.

    The loss is cross-entropy whatever was minimised, so that the losses of all models compare. The last are none
    unless `each`.
    """
    total, loss = 0.0, Loss(status_weight)
    mean, alone = WindowAnswers(windows), [WindowAnswers(windows) for _ in models if each]
    for model in models:
        model.eval()
    # One model alone goes through its layers in one go.
    frozen = common_frozen_layers(models, len(batches.sides)) if len(models) > 1 else []
    with torch.inference_mode(), compute.autocast():
        for batch in batches.by_length(batch_size):
            ready = above(frozen, batch)
            outputs = [model(ready.tokens, ready.criteria_tokens) for model in models]
            for answers, of_model in zip(alone, outputs, strict=each):
                answers.add(batch, of_model)
            of_all = mean_outputs(outputs)
            mean.add(batch, of_all)
            total += float(loss(of_all, batch.status, batch.gold)) * len(batch.windows)
    return mean, total / len(windows), alone


def _numpy(values: Tensor) -> NDArray[np.float64]:
    array: NDArray[np.float64] = values.cpu().double().numpy()
    return array


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
