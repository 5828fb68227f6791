"""From windows back to examples, and the mean over models."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.training.batches import BatchMaker
from redsm5_hpo.training.prediction import WindowAnswers, predict
from redsm5_hpo.training.windows import WindowSet
from tests.training.builders import CPU, log_outputs

TOKENS = 4  # of a window: a special token and three of the text


def window_set(*examples, text=True):
    """Windows of given examples; the text's tokens of a window w stand at characters 100 w + 10 to 100 w + 40."""
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
    )
    gold = np.zeros((len(examples), 1, 2), np.int64)
    return WindowSet(tokens, tokens, np.zeros(len(examples), np.int64), gold)


def answered(windows, outputs, examples):
    answers = WindowAnswers(windows)
    answers.add(SimpleNamespace(windows=np.arange(len(windows))), outputs)
    return answers.by_example(examples)


def position(*probabilities):
    """Rows that put a probability on one token and share the rest, "no evidence" taking most of it."""
    rows = []
    for token, probability in probabilities:
        row = [1 - probability - 0.02, 0.01, 0.01, 0.01]
        row[token] = probability
        rows.append([value / sum(row) for value in row])
    return rows


def test_an_example_is_as_present_as_its_most_convincing_window():
    outputs = log_outputs(status=[[0.6, 0.4], [0.1, 0.9], [0.7, 0.3], [0.8, 0.2]])
    found = answered(window_set(0, 0, 0, 1), outputs, 2)
    assert [answer.status_log_odds for answer in found] == pytest.approx([math.log(9), math.log(1 / 4)], rel=1e-5)
    assert {answer.span_log_odds for answer in found} == {None}


def test_an_examples_evidence_is_the_best_span_of_its_most_convincing_window():
    outputs = log_outputs(start=position((1, 0.3), (2, 0.9), (1, 0.2)), end=position((1, 0.3), (3, 0.9), (1, 0.2)))
    (answer,) = answered(window_set(0, 0, 0), outputs, 1)
    assert answer.span == (120, 139)
    assert answer.span_log_odds > 0
    assert answer.status_log_odds is None


def test_a_span_that_is_not_likely_is_kept_beside_its_odds():
    outputs = log_outputs(start=position((2, 0.1)), end=position((2, 0.1)))
    (answer,) = answered(window_set(0), outputs, 1)
    assert (answer.span, answer.evidence) == ((20, 29), None)


def test_windows_without_text_have_no_span():
    start = torch.tensor([[0.0, -math.inf, -math.inf, -math.inf]])
    (answer,) = answered(window_set(0, text=False), Outputs(None, start, start), 1)
    assert (answer.span, answer.span_log_odds, answer.status) == (None, -math.inf, 0)


def test_a_window_with_text_wins_over_one_without():
    silent = [1.0, 0.0, 0.0, 0.0]
    weak = position((2, 0.1))[0]
    (answer,) = answered(window_set(0, 0), log_outputs(start=[silent, weak], end=[silent, weak]), 1)
    assert answer.span == (120, 129)


class Fixed(nn.Module):
    """Answers with fixed probabilities of present, by window; knows a window by its first token."""

    def __init__(self, *present):
        super().__init__()
        self.present = torch.tensor(present)
        self.encoders = nn.ModuleList()
        self.modes = []

    def forward(self, tokens, _):
        self.modes.append((self.training, torch.is_inference_mode_enabled()))
        present = self.present[tokens.input_ids[:, 0] // TOKENS]
        return Outputs(torch.stack([1 - present, present], 1).log(), None, None)


def predicted(*models, batch_size=2):
    windows = window_set(0, 1, 2)
    batches = BatchMaker(windows, (0, 0), CPU.device)
    answers, loss, _ = predict(models, batches, windows, CPU, batch_size=batch_size, status_weight=0.5)
    return [answer.status_log_odds for answer in answers.by_example(3)], loss


def test_answers_are_those_of_the_mean_probability():
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
