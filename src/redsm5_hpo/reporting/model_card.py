"""The model cards: `python -m redsm5_hpo.reporting.model_card` writes README.md into each evaluated model's folder.

Owns the text of a card. Reads checkpoints and metrics files only. DVC and the checksums of a checkpoint leave the file
out, so that an edited card reruns nothing and a refitted model has no card until it is evaluated.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import ModelCard

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import HpoError, run_command
from redsm5_hpo.core.files import Json, read_json, write_text
from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.evaluation.ledger import identity, read_evaluation
from redsm5_hpo.execution.pipelines import MAXIMAL_PIPELINE
from redsm5_hpo.inference.checkpoint import Checkpoint, load_checkpoint
from redsm5_hpo.modeling.encoders.registry import published_encoder
from redsm5_hpo.params import Params, load_params
from redsm5_hpo.reporting.card_data import card_data, corpus_name, encoder_license, encoders_of, f1_name
from redsm5_hpo.reporting.corpus_of_results import CorpusOfResults, of_another_corpus

_SHOWN_OF_IDENTITY = 12  # characters, of 16 in the ledger


def write_cards(params: Params) -> list[Path]:
    """Write the card of every model that there is; returns their paths.

    Raises:
        HpoError: there is no model, or one was not evaluated as it is, or a checkpoint is not complete.
    """
    models = [
        (architecture, search)
        for architecture in params.architectures
        for search in layout.SEARCHES
        if (layout.checkpoint_folder(architecture, search) / "model.json").exists()
    ]
    corpus = CorpusOfResults(params)
    of_this = [each for each in models if corpus.is_this(*each)]
    if foreign := [" ".join(each).strip() for each in models if each not in of_this]:
        sys.stderr.write(f"warning: {of_another_corpus(foreign)}\n")
    if not of_this:
        got = "no models/ARCH/model.json" + (" of this corpus" if models else "")
        raise HpoError("there is no model to describe", got=got, remedy="dvc repro")
    return [_write(params.data.source, architecture, search) for architecture, search in of_this]


def _write(source: str, architecture: Architecture, search: layout.Search) -> Path:
    folder, stage = layout.checkpoint_folder(architecture, search), layout.after_search("evaluate", search)
    checkpoint = load_checkpoint(folder)
    metrics = layout.metrics_folder(architecture, stage)
    model, evaluated = identity(folder), metrics / layout.TEST_EVALUATION
    if not evaluated.exists() or read_evaluation(evaluated).model != model:
        pipeline = f"{MAXIMAL_PIPELINE}:" if search else ""
        target = f"{pipeline}{layout.after_search('report', search)}@{architecture}"
        raise HpoError(f"{folder} was not evaluated", got="no test metrics of it", remedy=f"dvc repro {target}")
    path = folder / layout.MODEL_CARD
    name = "-".join(("redsm5-hpo", *([search] if search else []), architecture))
    write_text(path, card(name, source, checkpoint, read_json(metrics / layout.TEST_METRICS), model))
    return path


def card(name: str, source: str, checkpoint: Checkpoint, test: Json, model: str) -> str:
    """The card's text; `model` is the ledger's name of the checkpoint, the other arguments are as in card_data."""
    front = card_data(name, source, checkpoint, test).to_yaml()
    body = "\n\n".join(
        (
            f"# {name}",
            _what(checkpoint, source, model),
            "## Use\n\n" + _USE.format(name=name),
            "## Intended use, and what it is not for\n\n" + _INTENDED,
            "## Data and training\n\n" + "\n".join(_training(checkpoint, source)),
            "## Results on the test split\n\n" + "\n".join(_results(checkpoint, test)),
            "## Limits\n\n" + "\n".join(_limits(checkpoint, source, test)),
        )
    )
    return str(ModelCard(f"---\n{front}\n---\n\n{body}\n", ignore_metadata_errors=False))


def _what(checkpoint: Checkpoint, source: str, model: str) -> str:
    task = TASKS[checkpoint.architecture]
    learns = " and ".join(["whether it is present"] * task.status + ["the span that is the evidence"] * task.spans)
    unit = "sentence" if task.unit == "sentence" else "post"
    return (
        f"Predicts for a criterion, given by its definition, and a {unit}: {learns}. Architecture `"
        f"{checkpoint.architecture}` of redsm5-hpo, fitted on {corpus_name(source)}. A prediction is the mean "
        f"probability of {len(checkpoint.seeds)} fits.\n\n"
        # DVC leaves the card where it is when it puts other weights beside it.
        f"Written for the checkpoint that `{layout.TEST_LEDGER}` names `{model[:_SHOWN_OF_IDENTITY]}…`, and no other."
    )


_USE = """```python
from redsm5_hpo import load_predictor
rows = load_predictor("{name}").predict_posts({{"p1": "I have not slept for weeks."}})
```

`{name}` is the folder with these files (`hf download ORG/{name} --local-dir {name}`). Each row has post_id, criterion,
probability, decision, start and end. `redsm5-hpo predict {name} posts.csv --out predictions.csv` predicts for a file.
Each `seed-N/encoder-K/` is an encoder that `transformers` loads; the heads are in `seed-N/heads.safetensors`."""

_INTENDED = """For research on text: to study which criteria posts speak of, in aggregate, and to compare methods.

It does not diagnose. A predicted criterion is a statement about words in a post, not about a person: DSM-5 criteria
need a clinical interview, duration, impairment and the exclusion of other causes. Do not use it to screen, rank,
moderate, contact or decide about people, and do not use its silence as a sign that someone is safe."""


def _training(checkpoint: Checkpoint, source: str) -> Iterator[str]:
    for encoder in encoders_of(checkpoint):
        shown = encoder if published_encoder(encoder) else "a local directory"
        yield f"- Encoder: {shown}; license: {encoder_license(encoder)}."
    yield f"- Corpus: {corpus_name(source)}, its train and val splits; test is not among them."
    if source == "redsm5":
        yield "- ReDSM5 is gated: its agreement may restrict whether and how this model is shared. Read it first."
    elif source != "demo":
        yield "- The corpus's own terms may restrict whether and how this model is shared."
    origin = checkpoint.origin
    kept = "the default configuration" if origin.get("stage") == "default" else "a configuration found by search"
    yield f"- Configuration: {kept}, all values in `model.json`."
    if "stop_epoch" in origin:
        yield f"- Fits: seeds {', '.join(map(str, checkpoint.seeds))}, {origin['stop_epoch']} epochs each."
    yield "- Criteria and their definitions, which are part of the input:"
    yield from (f"  - `{label}`: {definition}" for label, definition in checkpoint.criteria.items())


def _results(checkpoint: Checkpoint, test: Json) -> Iterator[str]:
    intervals = test.get("intervals", {})
    yield f"{test['examples']} examples of {test['posts']} posts; brackets are 95 % bootstrap intervals over posts."
    yield f"f1_macro is the {f1_name(checkpoint)}.\n"
    yield "| metric | value |"
    yield "| --- | --- |"
    for name in ("f1_macro", "accuracy"):
        yield f"| {name} | {test[name]:.3f}{_interval(intervals.get(name))} |"
    strongest = test.get("strongest_baseline", {})
    if strongest:
        yield f"| f1_macro of the strongest baseline, {strongest['name']} | {strongest['f1_macro']:.3f} |"
    for name in ("brier_score", "calibration_error", "calibration_error_by_chance"):
        if name in test.get("probabilities", {}):
            yield f"| {name} | {test['probabilities'][name]:.3f} |"
    shown = {"f1": "F1 of present", "evidence_f1": "F1 of the evidence"}
    names = [name for name in shown if any(name in values for values in test["criteria"].values())]
    yield f"\n| criterion | {' | '.join(shown[name] for name in names)} | present examples |"
    yield f"| --- |{' --- |' * len(names)} --- |"
    for label, values in test["criteria"].items():
        scores = [f"{values[name]:.3f}{_interval(values.get(f'{name}_interval'))}" for name in names]
        yield f"| {label} | {' | '.join(scores)} | {values['support']} |"


def _interval(ends: Json) -> str:
    return f" [{ends['low']:.3f}, {ends['high']:.3f}]" if ends else ""


def _limits(checkpoint: Checkpoint, source: str, test: Json) -> Iterator[str]:
    if source == "demo":
        yield "- The demo corpus is invented, and its labels are no clinician's: this model is fit for no use at all."
    if not test.get("beats_baselines"):
        yield "- It does not beat every baseline by more than chance on the test split."
    if few := [label for label, values in test["criteria"].items() if values.get("low_support")]:
        yield f"- Too few test examples to judge: {', '.join(few)}."
    yield "- Annotators saw the text alone. Irony, quotations, and symptoms of others or of the past are hard for it."
    yield "- Who writes on Reddit is no sample of any population, and other places and languages write differently."
    yield (
        f"- Decisions use thresholds chosen on {corpus_name(source)}; elsewhere the share of present criteria differs, "
        "and so do the best thresholds."
    )
    yield "- Its probabilities are calibrated on annotated examples: of all criteria of any post fewer are present."
    if counts := test.get("post_level", {}).get("criteria_per_post"):
        yield (
            f"- Asked for every criterion of a test post it predicts {counts['predicted']:.1f} in the mean, and "
            f"{counts['true']:.1f} are annotated."
        )
    if not TASKS[checkpoint.architecture].spans:
        yield "- It reads single sentences: what only the context of a post tells is lost."


def main() -> None:
    """Write the cards of the models in the working directory, and print their paths."""
    for path in write_cards(load_params()):
        print(path)


if __name__ == "__main__":
    run_command(main)
