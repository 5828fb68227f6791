"""From models to predictions.

Owns the forward pass without gradients and the step from windows to examples: an example's status log odds are the
highest of its windows, and its span is that of the window with the highest span log odds, with the whole of sentences
that the window cuts where the head predicts sentences. Does not score.
"""

from collections.abc import Sequence
from functools import partial
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.modeling.ensemble import mean_outputs, status_log_odds
from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.modeling.spans import WHOLE_SENTENCES
from redsm5_hpo.params import Configuration
from redsm5_hpo.training.cuda_graphs import CudaGraphs
from redsm5_hpo.training.data.batch import Batch
from redsm5_hpo.training.data.cached_activations import FrozenLayers, common_frozen_layers, run_frozen_layers
from redsm5_hpo.training.data.collate import BatchMaker
from redsm5_hpo.training.data.windows import WindowSet
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.losses import Loss
from redsm5_hpo.training.scoring import Prediction

_READINGS = 3  # of a batch's outputs
_STATUS_WEIGHT = 0.5  # of the status in the loss of predictions


class WindowPredictions:
    """The predictions for each window; filled batch by batch."""

    def __init__(self, windows: WindowSet) -> None:
        self._set = windows
        self._windows: list[NDArray[np.int64]] = []
        # They stay on the device until all are there: reading each would make the host wait at every batch.
        self._status_log_odds: list[Tensor] = []
        self._span_log_odds: list[Tensor] = []
        self._tokens: list[Tensor] = []  # first and last, counted within the window

    def add(self, windows: NDArray[np.int64], read: Sequence[Tensor]) -> None:
        """Add what `readings` found in the outputs of some windows."""
        self._windows.append(windows)
        for values, found in zip((self._status_log_odds, self._span_log_odds, self._tokens), read, strict=True):
            values.append(found)

    def by_example(self, examples: int, texts: Sequence[str] | None = None) -> list[Prediction]:
        """One prediction for each of `examples` examples, in order.

        Args:
            texts: of the examples, where spans are whole sentences: those that a window shows a part of are completed.
        """
        status_odds, span_odds = self._of_windows(self._status_log_odds), self._of_windows(self._span_log_odds)
        predicted = np.nan_to_num(self._of_windows(self._tokens, 2))
        tokens = self._set.tokens
        starts, ends_of_examples = tokens.starts, np.searchsorted(tokens.example, np.arange(1, examples))
        predictions = []
        for number, windows in enumerate(np.split(np.arange(len(tokens.example)), ends_of_examples)):
            best = windows[np.argmax(np.nan_to_num(span_odds[windows], nan=0.0))]
            first, last = starts[best] + predicted[best].astype(np.int64)
            start, end = int(tokens.offsets[first, 0]), int(tokens.offsets[last, 1])
            if texts is not None and start >= 0:
                shown = tokens.offsets[starts[best] : starts[best] + tokens.lengths[best]]
                start, end = _completed(
                    texts[number], (start, end), shown, before=best > windows[0], after=best < windows[-1]
                )
            status, odds = _number(status_odds[windows].max()), _number(span_odds[best])
            predictions.append(Prediction(status, odds, (start, end) if start >= 0 else None))
        return predictions

    def _of_windows(self, found: Sequence[Tensor], *shape: int) -> NDArray[np.float64]:
        """(W, *shape) the values of all batches, each in its window's place; nan without values."""
        values = np.full((len(self._set), *shape), np.nan)
        if any(each.numel() for each in found):
            values[np.concatenate(self._windows)] = torch.cat([*found]).cpu().double().numpy()
        return values


def _completed(
    text: str, span: tuple[int, int], shown: NDArray[np.int32], *, before: bool, after: bool
) -> tuple[int, int]:
    """The span with the whole sentences at its ends, where it reaches an end of its window that other windows go on at.

    Args:
        shown: (T, 2) the characters of the window's tokens.
        before, after: whether there are windows before and after this one.
    """
    start, end = span
    if before and start == shown[shown[:, 0] >= 0, 0].min():
        start = max(first for first, _ in sentence_spans(text) if first <= start)
    if after and end == shown[:, 1].max():
        end = min(last for _, last in sentence_spans(text) if last >= end)
    return start, end


def by_example(
    predictions: WindowPredictions, configuration: Configuration, examples: Sequence[Example]
) -> list[Prediction]:
    """One prediction for each example, in order, from those of a configuration's model for its windows."""
    whole = configuration.span_head in WHOLE_SENTENCES
    return predictions.by_example(len(examples), [example.text for example in examples] if whole else None)


def readings(outputs: Outputs) -> list[Tensor]:
    """Log odds of the status and of spans, (B,) each, and the best span's first and last token, (B, 2).

    What an architecture does not learn is empty.
    """
    status, spans = outputs
    nothing = torch.empty(0)
    return [
        nothing if status is None else status_log_odds(status),
        nothing if spans is None else spans.log_odds(),
        nothing if spans is None else torch.stack(spans.best(), 1),
    ]


def predict(
    models: Sequence[nn.Module],
    batches: BatchMaker,
    windows: WindowSet,
    compute: Compute,
    *,
    batch_size: int,
    each: bool = False,
    graphs: CudaGraphs | None = None,
) -> tuple[WindowPredictions, float, list[WindowPredictions]]:
    """Predict with the mean probability of some models.

    Args:
        graphs: of the fit that trains the only model, to be used in its block of computing.

    Returns:
        the predictions of the mean probability; its mean loss over all windows, cross-entropy and with two heads the
        mean of both, whatever the models minimized, so that the losses of models compare where their heads predict the
        same spans; if `each`, the predictions of each model alone.
    """
    losses: list[Tensor] = []
    sizes: list[int] = []
    mean, alone = WindowPredictions(windows), [WindowPredictions(windows) for _ in models if each]
    for model in models:
        model.eval()
    frozen = common_frozen_layers(models, len(batches.sides)) if len(models) > 1 else []
    work = partial(_outputs_of_batch, models, frozen, Loss(_STATUS_WEIGHT), each)
    with torch.inference_mode(), compute.autocast(cached=graphs is None):
        for batch in batches.by_length(batch_size):
            loss, *found = work([batch]) if graphs is None else graphs.run("prediction", work, [batch])
            for number, predictions in enumerate([mean, *alone]):
                predictions.add(batch.windows, found[_READINGS * number :][:_READINGS])
            losses.append(loss)
            sizes.append(len(batch.windows))
    total = 0.0  # not sum(), which rounds otherwise from Python 3.12 on
    for value, size in zip(torch.stack(losses).tolist(), sizes, strict=True):
        total += value * size
    return mean, total / len(windows), alone


def _outputs_of_batch(
    models: Sequence[nn.Module], frozen: Sequence[FrozenLayers], loss: Loss, each: bool, batches: Sequence[Batch]
) -> list[Tensor]:
    """The loss of the mean probability, its readings and, if `each`, those of each model."""
    (batch,) = batches
    resumed = run_frozen_layers(frozen, batch)
    outputs = [model(resumed.tokens, resumed.criteria_tokens) for model in models]
    of_all = mean_outputs(outputs)
    read = [readings(found) for found in [of_all, *(outputs if each else [])]]
    return [loss(of_all, batch.status, batch.gold), *chain(*read)]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
