"""Invented examples with random predictions, and components drawn from a known population."""

import numpy as np
from scipy.special import expit

from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.evaluation.components import FIELDS, Components
from redsm5_hpo.training.scoring import Prediction

LABELS = ("FATIGUE", "MOOD", "SLEEP")
WORDS = ("i", "feel", "so", "sad", "and", "tired", "the", "day", "awake", "night.")


def random_examples(seed, posts=12):
    """One to three criteria for each post, half of them present with one or two spans."""
    rng = np.random.default_rng(seed)
    return [
        _random_example(rng, f"p{number}", label)
        for number in range(posts)
        for label in rng.permutation(LABELS)[: rng.integers(1, 4)]
    ]


def _random_example(rng, post, label):
    text = " ".join(rng.choice(WORDS, 12))
    spans = tuple(_random_span(rng, text) for _ in range(rng.choice([0, 0, 1, 2])))
    return Example(post, "", str(label), "definition", text, int(bool(spans)), spans)


def random_predictions(seed, architecture, examples):
    """Predictions that are right by chance, or because some copy a gold span."""
    rng = np.random.default_rng(seed)
    return [_random_prediction(rng, architecture, example) for example in examples]


def _random_prediction(rng, architecture, example):
    status = float(rng.normal()) if TASKS[architecture].status else None
    if not TASKS[architecture].spans:
        return Prediction(status)
    span = example.spans[0] if example.spans and rng.random() < 0.5 else _random_span(rng, example.text)
    return Prediction(status, float(rng.normal()), span)


def _random_span(rng, text):
    start, end = sorted(rng.choice(len(text), 2, replace=False))
    return int(start), int(end)


def from_outcomes(truth, right, architecture="criteria"):
    """Components of one criterion from boolean arrays (posts, pairs): the true status, and whether it is predicted."""
    masks = {"tp": truth & right, "fp": ~truth & ~right, "fn": truth & ~right, "tn": ~truth & right}
    sums = np.zeros((len(truth), len(FIELDS), 1))
    for name, mask in masks.items():
        sums[:, FIELDS.index(name), 0] = mask.sum(axis=1)
    return Components(architecture, tuple(f"p{number:04}" for number in range(len(truth))), ("MOOD",), sums)


def correlated(rng, posts, pairs, share, correlation):
    """Booleans (posts, pairs), true with probability `share`, correlated within posts by `correlation`.

    Each pair copies its post's draw with probability sqrt(correlation), else draws for itself.
    """
    copies = rng.random((posts, pairs)) < np.sqrt(correlation)
    return np.where(copies, rng.random((posts, 1)) < share, rng.random((posts, pairs)) < share)


def calibrated(count, seed=1):
    """Log odds, and outcomes with exactly these odds."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(size=count).round(1)  # rounded, so that some tie
    return odds, (rng.random(count) < expit(odds)).astype(float)
