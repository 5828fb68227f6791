"""The minimum detectable difference between two systems on a test split, known before training.

Owns its formulas (power analysis). They need no predictions: assumptions about the two systems are arguments.

- accuracy: Connor's power of McNemar's test, with the effective sample size of the clustered examples.
- status_f1_macro: the same, times the slope of macro F1 in accuracy: with q the share of present, and as
  many false positives as false negatives, macro F1 is 1 - errors / (4 q (1 - q)).
- evidence_f1: as accuracy, with equal weight for each criterion. An upper bound, since token F1 differs by at most 1
  where one system is right: smaller differences are detected between overlapping spans.

The mean of the last two is the primary metric of share and joint. Its minimum detectable difference is their mean if
both move together, and less if not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from redsm5_hpo.corpus.effective_size import CORRELATION, effective_size, independent_examples
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.splits.leakage import stand_ins
from redsm5_hpo.params import SplitParams

LEVEL, POWER = 0.05, 0.8
SHARES_RIGHT = (0.5, 0.7, 0.85)


def detectable_differences(test: Corpus, split: SplitParams) -> dict[str, float]:
    """The minimum detectable differences of systems that are right on each of SHARES_RIGHT, by METRIC_at_PERCENT.

    Metrics: macro F1 of status on sentences (criteria) and on pairs (share, joint), F1 of evidence on pairs. Metrics
    without examples are left out. Related posts are one, as they are to the intervals of test.
    """
    posts = stand_ins(test.posts, split)
    sentences, pairs = (
        [replace(each, post_id=posts.get(each.post_id, each.post_id)) for each in examples(test, architecture)]
        for architecture in ("criteria", "share")
    )
    metrics = {
        "status_of_sentences": (sentences, "status_f1_macro"),
        "status_of_pairs": (pairs, "status_f1_macro"),
        "evidence": (pairs, "evidence_f1"),
    }
    return {
        f"{name}_at_{share:.0%}".rstrip("%"): minimum_detectable_difference(scored, expected_discordance(share))[metric]
        for name, (scored, metric) in metrics.items()
        for share in SHARES_RIGHT
        if scored
    }


def detectable_differences_message(found: Mapping[str, float]) -> str:
    """One line with the differences at the middle one of SHARES_RIGHT."""
    percent = f"{SHARES_RIGHT[1]:.0%}".rstrip("%")
    names = {
        "status_of_sentences": "macro F1 of status on sentences",
        "status_of_pairs": "on pairs",
        "evidence": "F1 of evidence",
    }
    differences = [
        f"{text} {found[f'{name}_at_{percent}']:.3f}" for name, text in names.items() if f"{name}_at_{percent}" in found
    ]
    if not differences:
        return "test has no examples, so that no difference is detectable"
    return (
        f"minimum detectable difference on test of two systems that are right on {percent} %: {', '.join(differences)} "
        f"(paired, level {LEVEL}, power {POWER})"
    )


def expected_discordance(right: float) -> float:
    """The share of examples on which exactly one of two systems is right, each being right on a share `right`.

    Assumes that two of three errors are not shared, but at most the discordance of independent systems: 0.2 at 0.85.
    """
    return min(4 / 3 * (1 - right), 2 * right * (1 - right))


def minimum_detectable_difference(
    examples: Sequence[Example],
    discordance: float,
    correlation: float = CORRELATION,
    level: float = LEVEL,
    power: float = POWER,
) -> dict[str, float]:
    """The minimum detectable differences of accuracy, status_f1_macro and evidence_f1 on these examples.

    A paired two-sided test at `level` detects them with probability `power`. Of two systems, exactly one is right on a
    share `discordance` of the examples, and which one it is correlates by `correlation` between the examples of a
    post. A value of 1 means that no difference is detectable.
    """
    posts, per_label = [each.post_id for each in examples], Counter(each.label for each in examples)
    rare = [1 / per_label[each.label] for each in examples]
    accuracy, evidence = (
        mcnemar_detectable_difference(size, discordance, level, power)
        for size in (independent_examples(examples, correlation), effective_size(posts, rare, correlation))
    )
    present = fmean(each.status for each in examples)
    status = accuracy / max(4 * present * (1 - present), accuracy)  # at most 1
    return {"accuracy": accuracy, "status_f1_macro": status, "evidence_f1": evidence}


def mcnemar_detectable_difference(size: float, discordance: float, level: float, power: float) -> float:
    """The minimum difference d of two proportions, paired on `size` independent examples, for McNemar's test.

    Solves size * d**2 = (z(1 - level / 2) sqrt(p) + z(power) sqrt(p - d**2))**2 for d, p the discordance (Connor 1987,
    Biometrics 43; used so for NLP by Card et al. 2020, "With little power comes great responsibility", EMNLP). Where
    d would exceed p, all discordant examples favor one system and p = d. 1 where even that is not enough.
    """

    def excess(difference: float) -> float:
        share = max(discordance, difference)
        spread = norm.ppf(1 - level / 2) * np.sqrt(share) + norm.ppf(power) * np.sqrt(share - difference**2)
        return float(np.sqrt(size) * difference - spread)

    return float(brentq(excess, 0, 1)) if excess(1) > 0 else 1.0
