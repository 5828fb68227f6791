"""The random baseline: each label is present as often as where it was fitted, at random.

Owns the draw. Reads no text. Random guesses reach a macro F1 of about 1/2, constants at most that: of what reads
nothing this is the strongest baseline.
"""

from collections.abc import Sequence
from statistics import fmean

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.scoring import Prediction

SEED = 0


def guess_predictions(fitted: Sequence[Example], scored: Sequence[Example]) -> list[Prediction]:
    """Present at the label's rate in `fitted`, or the rate of all labels if it is new; then evidence is the whole text.

    The draw of an example depends on its ids alone.
    """
    rates = {
        label: fmean(each.status for each in fitted if each.label == label)
        for label in sorted({each.label for each in fitted})
    }
    overall = fmean(each.status for each in fitted)
    odds = [1.0 if _draw(each) < rates.get(each.label, overall) else -1.0 for each in scored]
    return [Prediction(value, value, (0, len(each.text))) for value, each in zip(odds, scored, strict=True)]


def _draw(example: Example) -> float:
    """Uniform in [0, 1)."""
    ids = f"{example.post_id}/{example.sentence_id}/{example.label}"
    return float(generator(SEED, f"guess/{ids}").random())
