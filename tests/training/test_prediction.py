"""From windows back to examples, and the mean over models."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.modeling.spans.tokens import TokenSpans
from redsm5_hpo.training.data.collate import BatchMaker
from redsm5_hpo.training.data.windows import WindowSet
from redsm5_hpo.training.fit import fit_and_score
from redsm5_hpo.training.prediction import WindowPredictions, predict, readings
from tests.training.builders import CPU, configured, log_outputs, spec

TOKENS = 4  # of a window: a special token and three of the text


def window_set(*examples, text=True):
    """Windows of these examples; the tokens of the text in window w cover characters 100 w + 10 to 100 w + 40."""
    offsets = np.array(
        [
            (-1, -1) if token == 0 or not text else (100 * window + 10 * token, 100 * window + 10 * token + 9)
            for window in range(len(examples))
            for token in range(TOKENS)
        ],
        dtype=np.int32,
    )
    total = len(offsets)
    tokens = EncodedWindows(
        np.arange(total, dtype=np.int32),
        np.zeros(total, np.int8),
        np.full(len(examples), TOKENS, np.int32),
        np.array(examples, np.int32),
        offsets,
        np.where(offsets[:, 0] >= 0, 0, -1).astype(np.int32),
    )
    gold = np.zeros((len(examples), 1, 2), np.int64)
    return WindowSet(tokens, tokens, np.zeros(len(examples), np.int64), gold)


def decoded(windows, outputs, examples):
    predictions = WindowPredictions(windows)
    predictions.add(np.arange(len(windows)), readings(outputs))
    return predictions.by_example(examples)


def position(*probabilities):
    """Rows with a probability for one token; most of the rest is that of "no evidence"."""
    rows = []
    for token, probability in probabilities:
        row = [1 - probability - 0.02, 0.01, 0.01, 0.01]
        row[token] = probability
        rows.append([value / sum(row) for value in row])
    return rows


def test_an_examples_status_log_odds_are_the_highest_of_its_windows():
    outputs = log_outputs(status=[[0.6, 0.4], [0.1, 0.9], [0.7, 0.3], [0.8, 0.2]])
    found = decoded(window_set(0, 0, 0, 1), outputs, 2)
    assert [prediction.status_log_odds for prediction in found] == pytest.approx(
        [math.log(9), math.log(1 / 4)], rel=1e-5
    )
    assert {prediction.span_log_odds for prediction in found} == {None}


def test_an_examples_span_is_that_of_the_window_with_the_highest_span_log_odds():
    outputs = log_outputs(start=position((1, 0.3), (2, 0.9), (1, 0.2)), end=position((1, 0.3), (3, 0.9), (1, 0.2)))
    (prediction,) = decoded(window_set(0, 0, 0), outputs, 1)
    assert prediction.span == (120, 139)
    assert prediction.span_log_odds > 0
    assert prediction.status_log_odds is None


def test_an_unlikely_span_is_in_the_prediction_and_is_not_evidence():
    outputs = log_outputs(start=position((2, 0.1)), end=position((2, 0.1)))
    (prediction,) = decoded(window_set(0), outputs, 1)
    assert (prediction.span, prediction.evidence) == ((20, 29), None)


def test_windows_without_text_have_no_span():
    start = torch.tensor([[0.0, -math.inf, -math.inf, -math.inf]])
    (prediction,) = decoded(window_set(0, text=False), Outputs(None, TokenSpans(start, start)), 1)
    assert (prediction.span, prediction.span_log_odds, prediction.status) == (None, -math.inf, 0)


def test_a_window_with_text_is_preferred_to_one_without():
    empty = [1.0, 0.0, 0.0, 0.0]
    weak = position((2, 0.1))[0]
    (prediction,) = decoded(window_set(0, 0), log_outputs(start=[empty, weak], end=[empty, weak]), 1)
    assert prediction.span == (120, 129)


SENTENCES = ((0, 9), (10, 25), (26, 50), (51, 115), (116, 125), (126, 160))
TEXT = " ".join("x" * (end - start - 1) + "." for start, end in SENTENCES)
# The first and last token of a span in one of the two windows of TEXT, and the characters that it becomes.
CUT = {
    "at the end of the first window": (0, (2, 3), (20, 50)),
    "at the beginning of the second": (1, (1, 2), (51, 129)),
    "at an end without a window beyond": (1, (2, 3), (120, 139)),
}


@pytest.mark.parametrize(("window", "tokens", "expected"), CUT.values(), ids=CUT)
def test_a_sentence_that_a_window_cuts_is_predicted_as_a_whole(window, tokens, expected):
    rows = [position((0, 0.9))[0], position((0, 0.9))[0]]
    start, end = [*rows], [*rows]
    start[window], end[window] = position((tokens[0], 0.9))[0], position((tokens[1], 0.9))[0]
    predictions = WindowPredictions(window_set(0, 0))
    predictions.add(np.arange(2), readings(log_outputs(start=start, end=end)))
    assert [each.span for each in predictions.by_example(1, [TEXT])] == [expected]


@pytest.mark.parametrize(("span_head", "whole"), [("runs", True), ("tokens", False)])
def test_only_runs_are_whole_sentences(tiny, splits, span_head, whole):
    configuration = configured(tiny["bert"], max_length=20, stride=4, span_head=span_head)
    fit_spec = spec(splits, "evidence")
    _, predictions = fit_and_score(fit_spec, configuration, 1, 1)
    texts = [example.text for example in examples(fit_spec.val.load(), "evidence")]
    ends = [
        span[0] in {start for start, _ in sentence_spans(text)} and span[1] in {end for _, end in sentence_spans(text)}
        for span, text in zip((each.span for each in predictions), texts, strict=True)
    ]
    assert all(ends) is whole


class Fixed(nn.Module):
    """Predicts a fixed probability of present for each window, which it recognizes by its first token."""

    def __init__(self, *present):
        super().__init__()
        self.present = torch.tensor(present)
        self.encoders = nn.ModuleList()
        self.modes = []

    def forward(self, tokens, _):
        self.modes.append((self.training, torch.is_inference_mode_enabled()))
        present = self.present[tokens.input_ids[:, 0] // TOKENS]
        return Outputs(torch.stack([1 - present, present], 1).log(), None)


def predicted(*models, batch_size=2):
    windows = window_set(0, 1, 2)
    batches = BatchMaker(windows, (0, 0), CPU.device)
    predictions, loss, _ = predict(models, batches, windows, CPU, batch_size=batch_size)
    return [prediction.status_log_odds for prediction in predictions.by_example(3)], loss


def test_predictions_are_those_of_the_mean_probability():
    odds, _ = predicted(Fixed(0.9, 0.2, 0.5), Fixed(0.5, 0.4, 0.1))
    assert odds == pytest.approx([math.log(p / (1 - p)) for p in (0.7, 0.3, 0.3)], rel=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_the_loss_is_the_mean_over_windows_whatever_the_batches(batch_size):
    _, loss = predicted(Fixed(0.9, 0.2, 0.5), batch_size=batch_size)
    assert loss == pytest.approx(-sum(math.log(1 - p) for p in (0.9, 0.2, 0.5)) / 3, rel=1e-5)


def test_models_predict_without_dropout_and_without_gradients():
    model = Fixed(0.5, 0.5, 0.5).train()
    predicted(model)
    assert set(model.modes) == {(False, True)}
