"""What a test part can tell apart, known before anything is trained.

Owns the smallest difference between two systems that a test of a given size finds. Rests on assumptions about the two
systems, which are arguments: they say what to expect of a test part, not what was found on it.

- accuracy: Connor's power of McNemar's test, on as many independent examples as the clustered ones are worth.
- status_f1_macro: the same, times the slope of macro F1 in accuracy: with q the share of present, and as
  many false alarms as misses, macro F1 is 1 - errors / (4 q (1 - q)).
- evidence_f1: as accuracy, each criterion weighing the same. An upper bound, since token F1 differs by at most
  1 where one system is right: differences of spans that overlap are resolved when smaller.

The mean of the last two, the primary metric of share and joint, is resolved at their mean if both move together, and
at less if not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from redsm5_hpo.corpus.effective_size import CORRELATION, effective_size, independent_examples
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus

LEVEL, POWER = 0.05, 0.8
SHARES_RIGHT = (0.5, 0.7, 0.85)


def resolution(test: Corpus) -> dict[str, float]:
    """What `test` resolves between two systems that are right on each of SHARES_RIGHT, by METRIC_at_PERCENT.

    Metrics: macro F1 of status on sentences (criteria) and on pairs (share, joint), F1 of evidence on pairs. None of
    those that have no examples.
    """
    sentences, pairs = examples(test, "criteria"), examples(test, "share")
    metrics = {
        "status_of_sentences": (sentences, "status_f1_macro"),
        "status_of_pairs": (pairs, "status_f1_macro"),
        "evidence": (pairs, "evidence_f1"),
    }
    return {
        f"{name}_at_{share:.0%}".rstrip("%"): smallest_difference(asked, expected_discordance(share))[metric]
        for name, (asked, metric) in metrics.items()
        for share in SHARES_RIGHT
        if asked
    }


def resolution_told(found: Mapping[str, float]) -> str:
    """The resolution of middling systems in one line."""
    percent = f"{SHARES_RIGHT[1]:.0%}".rstrip("%")
    names = {
        "status_of_sentences": "macro F1 of status on sentences",
        "status_of_pairs": "on pairs",
        "evidence": "F1 of evidence",
    }
    told = [
        f"{said} {found[f'{name}_at_{percent}']:.3f}" for name, said in names.items() if f"{name}_at_{percent}" in found
    ]
    if not told:
        return "test holds no example and tells no systems apart"
    return (
        f"test tells two systems that are right on {percent} % apart from a difference of: {', '.join(told)} "
        f"(paired, level {LEVEL}, power {POWER})"
    )


def expected_discordance(right: float) -> float:
    """The share of examples on which exactly one of two systems is right that both are right on a share `right`.

    As of systems that make two of three errors apart, but never more than independent ones: 0.2 at 0.85.
    """
    return min(4 / 3 * (1 - right), 2 * right * (1 - right))


def smallest_difference(
    asked: Sequence[Example],
    discordance: float,
    correlation: float = CORRELATION,
    level: float = LEVEL,
    power: float = POWER,
) -> dict[str, float]:
    """The smallest differences of accuracy, status_f1_macro and evidence_f1 that a test on these examples resolves.

    Smallest: found by a paired two-sided test at `level` with probability `power`. Of two systems, exactly one is
    right on a share `discordance` of the examples, and which one it is correlates by `correlation` between the
    examples of a post. A value of 1 means that no difference can be resolved.
    """
    posts, per_label = [each.post_id for each in asked], Counter(each.label for each in asked)
    rare = [1 / per_label[each.label] for each in asked]
    accuracy, evidence = (
        resolvable_difference(size, discordance, level, power)
        for size in (independent_examples(asked, correlation), effective_size(posts, rare, correlation))
    )
    present = fmean(each.status for each in asked)
    status = accuracy / max(4 * present * (1 - present), accuracy)  # at most 1
    return {"accuracy": accuracy, "status_f1_macro": status, "evidence_f1": evidence}


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
