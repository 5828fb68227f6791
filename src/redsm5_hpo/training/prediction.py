"""From models to predictions.

Owns the forward pass without gradients and the step from windows to examples: an example's status log odds are the
highest of its windows, and its span is that of the window with the highest span log odds. Does not score.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from redsm5_hpo.modeling.decoding import mean_outputs, status_log_odds
from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.training.data.cached_activations import common_frozen_layers, run_frozen_layers
from redsm5_hpo.training.data.collate import Batch, BatchMaker
from redsm5_hpo.training.data.windows import WindowSet
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.losses import Loss
from redsm5_hpo.training.scoring import Prediction


class WindowPredictions:
    """The predictions for each window; filled batch by batch."""

    def __init__(self, windows: WindowSet) -> None:
        self._windows = windows
        count = len(windows)
        self._status_log_odds = np.full(count, np.nan)
        self._span_log_odds = np.full(count, np.nan)
        self._tokens = np.zeros((count, 2), dtype=np.int64)  # first and last, counted within the window

    def add(self, batch: Batch, outputs: Outputs) -> None:
        """Add the outputs of one batch."""
        if outputs.status is not None:
            self._status_log_odds[batch.windows] = _numpy(status_log_odds(outputs.status))
        if outputs.spans is not None:
            self._tokens[batch.windows] = np.stack([_numpy(token) for token in outputs.spans.best()], axis=1)
            self._span_log_odds[batch.windows] = _numpy(outputs.spans.log_odds())

    def by_example(self, examples: int) -> list[Prediction]:
        """One prediction for each of `examples` examples, in order."""
        tokens = self._windows.tokens
        starts, ends_of_examples = tokens.starts, np.searchsorted(tokens.example, np.arange(1, examples))
        predictions = []
        for windows in np.split(np.arange(len(tokens.example)), ends_of_examples):
            best = windows[np.argmax(np.nan_to_num(self._span_log_odds[windows], nan=0.0))]
            first, last = starts[best] + self._tokens[best]
            start, end = int(tokens.offsets[first, 0]), int(tokens.offsets[last, 1])
            status, odds = _number(self._status_log_odds[windows].max()), _number(self._span_log_odds[best])
            predictions.append(Prediction(status, odds, (start, end) if start >= 0 else None))
        return predictions


def predict(
    models: Sequence[nn.Module],
    batches: BatchMaker,
    windows: WindowSet,
    compute: Compute,
    *,
    batch_size: int,
    status_weight: float,
    each: bool = False,
) -> tuple[WindowPredictions, float, list[WindowPredictions]]:
    """Predict with the mean probability of some models.

    Returns:
        the predictions of the mean probability; its mean loss over all windows, cross-entropy whatever the models
        minimized, so that the losses of all models compare; if `each`, the predictions of each model alone.
    """
    total, loss = 0.0, Loss(status_weight)
    mean, alone = WindowPredictions(windows), [WindowPredictions(windows) for _ in models if each]
    for model in models:
        model.eval()
    frozen = common_frozen_layers(models, len(batches.sides)) if len(models) > 1 else []
    with torch.inference_mode(), compute.autocast():
        for batch in batches.by_length(batch_size):
            resumed = run_frozen_layers(frozen, batch)
            outputs = [model(resumed.tokens, resumed.criteria_tokens) for model in models]
            for predictions, of_model in zip(alone, outputs, strict=each):
                predictions.add(batch, of_model)
            of_all = mean_outputs(outputs)
            mean.add(batch, of_all)
            total += float(loss(of_all, batch.status, batch.gold)) * len(batch.windows)
    return mean, total / len(windows), alone


def _numpy(values: Tensor) -> NDArray[np.float64]:
    array: NDArray[np.float64] = values.cpu().double().numpy()
    return array


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
