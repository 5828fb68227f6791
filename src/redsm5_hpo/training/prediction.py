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
        self._set = windows
        self._windows: list[NDArray[np.int64]] = []
        # They stay on the device until all are there: reading each would make the host wait at every batch.
        self._status_log_odds: list[Tensor] = []
        self._span_log_odds: list[Tensor] = []
        self._tokens: list[Tensor] = []  # first and last, counted within the window

    def add(self, batch: Batch, outputs: Outputs) -> None:
        """Add the outputs of one batch."""
        self._windows.append(batch.windows)
        if outputs.status is not None:
            self._status_log_odds.append(status_log_odds(outputs.status))
        if outputs.spans is not None:
            self._tokens.append(torch.stack(outputs.spans.best(), 1))
            self._span_log_odds.append(outputs.spans.log_odds())

    def by_example(self, examples: int) -> list[Prediction]:
        """One prediction for each of `examples` examples, in order."""
        status_odds, span_odds = self._of_windows(self._status_log_odds), self._of_windows(self._span_log_odds)
        predicted = self._of_windows(self._tokens, 2) if self._tokens else np.zeros((len(span_odds), 2))
        tokens = self._set.tokens
        starts, ends_of_examples = tokens.starts, np.searchsorted(tokens.example, np.arange(1, examples))
        predictions = []
        for windows in np.split(np.arange(len(tokens.example)), ends_of_examples):
            best = windows[np.argmax(np.nan_to_num(span_odds[windows], nan=0.0))]
            first, last = starts[best] + predicted[best].astype(np.int64)
            start, end = int(tokens.offsets[first, 0]), int(tokens.offsets[last, 1])
            status, odds = _number(status_odds[windows].max()), _number(span_odds[best])
            predictions.append(Prediction(status, odds, (start, end) if start >= 0 else None))
        return predictions

    def _of_windows(self, found: Sequence[Tensor], *shape: int) -> NDArray[np.float64]:
        """(W, *shape) the values of all batches, each in its window's place; nan without values."""
        values = np.full((len(self._set), *shape), np.nan)
        if found:
            values[np.concatenate(self._windows)] = torch.cat([*found]).cpu().double().numpy()
        return values


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
    loss = Loss(status_weight)
    losses: list[Tensor] = []
    sizes: list[int] = []
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
            losses.append(loss(of_all, batch.status, batch.gold))
            sizes.append(len(batch.windows))
    total = 0.0  # not sum(), which rounds otherwise from Python 3.12 on
    for value, size in zip(torch.stack(losses).tolist(), sizes, strict=True):
        total += value * size
    return mean, total / len(windows), alone


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
