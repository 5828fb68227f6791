"""Whether what is fast is as good: val F1 of one configuration, fitted by this project and by transformers.Trainer.

usage: PYTHONPATH=src python bench/quality.py criteria [--splits data/splits] [--rows 400] [--epochs 2] [--trials 5]
The same rows, encoder, batch size, dropout, learning rates, scheduler and epochs; the score is the last epoch's, on all
of val. A trial is a seed. Prints one JSON line: each side's scores, mean and standard deviation; those of Trainer once
with the encoder's pooling layer before the classifier, as transformers builds it, and once without, as here. criteria
alone, where both sides score the same predictions.
"""

import json
from statistics import fmean, stdev

from peer import make_trainer
from task import fit_settings, parse
from transformers import PrinterCallback
from transformers.utils import logging

from redsm5_hpo.params import Configuration, Scalar
from redsm5_hpo.training.device import make_repeatable
from redsm5_hpo.training.fit import fit_and_score
from redsm5_hpo.training.fit_spec import FitSpec

_LEARNING_RATE, _WEIGHT_DECAY = 1e-4, 0.01
# Trainer's defaults: one learning rate, falling from the first step on.
_ALIKE: dict[str, Scalar] = {
    "learning_rate": _LEARNING_RATE,
    "weight_decay": _WEIGHT_DECAY,
    "head_learning_rate_factor": 1.0,
    "warmup_ratio": 0.0,
}


def main() -> None:
    """Fit both sides for every seed."""
    options = parse(__doc__)
    logging.set_verbosity_error()
    spec, configuration = fit_settings(options, val_rows=0)
    configuration = configuration.with_values(_ALIKE)
    seeds = range(1, options.trials + 1)
    theirs, alike = (
        [_trainer_score(spec, configuration, seed, pooler=pooler) for seed in seeds] for pooler in (True, False)
    )
    make_repeatable()
    ours = [_our_score(spec, configuration, seed) for seed in seeds]
    print(json.dumps({"ours": _summary(ours), "trainer": _summary(theirs), "trainer_without_pooler": _summary(alike)}))


def _our_score(spec: FitSpec, configuration: Configuration, seed: int) -> float:
    return fit_and_score(spec, configuration, seed, spec.epochs)[0].f1_macro


def _trainer_score(spec: FitSpec, configuration: Configuration, seed: int, *, pooler: bool) -> float:
    rates = {"learning_rate": _LEARNING_RATE, "weight_decay": _WEIGHT_DECAY}
    trainer = make_trainer(spec, configuration, seed, pooler=pooler, **rates)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return float([entry["eval_score"] for entry in trainer.state.log_history if "eval_score" in entry][-1])


def _summary(scores: list[float]) -> dict[str, object]:
    return {"mean": round(fmean(scores), 4), "std": round(stdev(scores), 4), "scores": [round(s, 4) for s in scores]}


if __name__ == "__main__":
    main()
