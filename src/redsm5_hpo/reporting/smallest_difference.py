"""What a test set can tell apart, known before anything is trained.

Owns the smallest difference between two systems that a test of a given size finds. Rests on assumptions about the two
systems, which are arguments: they say what to expect of a test set, not what was found on it.

- accuracy: Connor's power of McNemar's test, on as many independent examples as the clustered ones are worth.
- status_f1_macro: the same, times the slope of macro F1 in accuracy: with q the share of present, and as
  many false alarms as misses, macro F1 is 1 - errors / (4 q (1 - q)).
- evidence_f1: as accuracy, each criterion weighing the same. An upper bound, since token F1 differs by at most
  1 where one system is right: differences of spans that overlap are resolved when smaller.
- f1_macro: the mean of its parts, which is exact if they move together and an upper bound if not.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.modeling.architectures import learns_spans, learns_status

DISCORDANCE = 0.2
CORRELATION = 0.1


def smallest_difference(
    architecture: str,
    examples: Sequence[Example],
    discordance: float = DISCORDANCE,
    correlation: float = CORRELATION,
    level: float = 0.05,
    power: float = 0.8,
) -> dict[str, float]:
    """The smallest differences of f1_macro, accuracy and the architecture's parts that a test on `examples` resolves.

    Smallest: found by a paired two-sided test at `level` with probability `power`. Of two systems, exactly one is
    right on a share `discordance` of the examples (0.2: two systems that are right on 85 % and make two
    of three errors apart), and which one it is correlates by `correlation` between the examples of a post.
    A value of 1 means that no difference can be resolved.
    """
    posts, labels = [example.post_id for example in examples], [example.label for example in examples]
    same, per_label = [1.0] * len(examples), Counter(labels)
    rare = [1 / per_label[label] for label in labels]
    accuracy, evidence = (
        resolvable_difference(effective_size(posts, weights, correlation), discordance, level, power)
        for weights in (same, rare)
    )
    parts = {}
    if learns_status(architecture):
        present = fmean(example.status for example in examples)
        parts["status_f1_macro"] = accuracy / max(4 * present * (1 - present), accuracy)  # at most 1
    if learns_spans(architecture):
        parts["evidence_f1"] = evidence
    return {"f1_macro": fmean(parts.values()), "accuracy": accuracy, **parts}


def effective_size(posts: Sequence[str], weights: Sequence[float], correlation: float) -> float:
    """The number of independent examples whose plain mean varies as much as this weighted mean of clustered ones.

    `posts` and `weights` have a place for each example. With variance 1 and one correlation r within posts the
    weighted mean's variance is ((1 - r) sum(w**2) + r sum over posts of (sum of w in the post)**2) / sum(w)**2; with
    equal weights its inverse is n / (1 + (m - 1) r), m = sum(size**2) / sum(size): Kish's design effect (1965,
    "Survey sampling", chapter 5) for clusters of unequal size.
    """
    of_post: dict[str, float] = defaultdict(float)
    for post, weight in zip(posts, weights, strict=True):
        of_post[post] += weight
    alone, together = (float(np.square(list(values)).sum()) for values in (weights, of_post.values()))
    return sum(weights) ** 2 / ((1 - correlation) * alone + correlation * together)


def resolvable_difference(size: float, discordance: float, level: float, power: float) -> float:
    """The difference d of two proportions, paired on `size` independent examples, that McNemar's test finds.

    Solves size * d**2 = (z(1 - level / 2) sqrt(p) + z(power) sqrt(p - d**2))**2 for d, p the discordance (Connor 1987,
    Biometrics 43; used so for NLP by Card et al. 2020, "With little power comes great responsibility", EMNLP). Where
    d would exceed p, all discordant examples favour one system and p = d. 1 where even that is not enough.
    """

    def excess(difference: float) -> float:
        share = max(discordance, difference)
        spread = norm.ppf(1 - level / 2) * np.sqrt(share) + norm.ppf(power) * np.sqrt(share - difference**2)
        return float(np.sqrt(size) * difference - spread)

    return float(brentq(excess, 0, 1)) if excess(1) > 0 else 1.0
