"""The front matter of a model card: what the Hugging Face hub reads of it.

Owns the licenses of the encoders and how results become the hub's. Fetches nothing.
"""

from huggingface_hub import EvalResult, ModelCardData

from redsm5_hpo.core.files import Json
from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.corpus.redsm5.fetch import REPOSITORY
from redsm5_hpo.inference.checkpoint import Checkpoint
from redsm5_hpo.modeling.encoders.registry import published_encoder

# As huggingface.co/HUB_ID, of the registry, names them. Read in stored pages of the hub in November 2026: of each
# repository itself, but for bert_base, whose license is that of its duplicates and of a copy of its README, and for
# mental_bert and mental_roberta, whose pages were not to be had (docs/encoders.md).
ENCODER_LICENSES = {
    "minilm_l6": "apache-2.0",
    "bert_base": "apache-2.0",
    "bert_large": "apache-2.0",
    "roberta_base": "mit",
    "roberta_large": "mit",
    "xlm_roberta_base": "mit",
    "deberta_v3_base": "mit",
    "deberta_v3_large": "mit",
    "electra_base": "apache-2.0",
    "electra_large": "apache-2.0",
    "deberta_v3_small": "mit",
    "modernbert_base": "apache-2.0",
    "modernbert_large": "apache-2.0",
    "mental_bert": "cc-by-nc-4.0",
    "mental_roberta": "cc-by-nc-4.0",
    "mental_roberta_large": "cc-by-nc-4.0",
    "dep_bert": "cc-by-sa-4.0",
    "disor_bert": "cc-by-nc-4.0",
    "clinical_bert": "mit",
}
OTHER_LICENSE = "encoder-and-corpus-terms"
# What f1_macro is, by whether an architecture has a status, and spans.
_F1_NAMES = {
    (True, False): "macro F1 of the status",
    (False, True): "token F1 of the evidence, mean over criteria",
    (True, True): "mean of the macro F1 of the status and the token F1 of the evidence",
}
_KNOWN = {"demo": ("redsm5-hpo-demo", "the invented demo corpus"), "redsm5": (REPOSITORY, "ReDSM5")}


def card_data(name: str, source: str, checkpoint: Checkpoint, test: Json) -> ModelCardData:
    """The front matter.

    Args:
        name: of the model, such as redsm5-hpo-share.
        source: the corpus, `data.source`.
        test: the numbers of the test evaluation.
    """
    encoders = encoders_of(checkpoint)
    license_ = _license(source, encoders)
    published = [entry.hub_id for entry in map(published_encoder, encoders) if entry]
    return ModelCardData(
        model_name=name,
        base_model=list(dict.fromkeys(published)) or None,
        datasets=[REPOSITORY] if source == "redsm5" else None,
        eval_results=_results(source, checkpoint, test),
        language="en" if source in _KNOWN else None,
        library_name="redsm5-hpo",
        license=license_,
        license_name=OTHER_LICENSE if license_ == "other" else None,
        metrics=["f1", "accuracy"],
        pipeline_tag=_task_type(checkpoint),
        tags=["depression", "dsm-5", "mental-health", "reddit", checkpoint.architecture],
    )


def corpus_name(source: str) -> str:
    """The corpus in words."""
    return _KNOWN[source][1] if source in _KNOWN else f"the corpus `{source}`"


def encoders_of(checkpoint: Checkpoint) -> list[str]:
    """The names of the encoders that were fine-tuned: of the registry or the hub, or directories."""
    return list(dict.fromkeys(checkpoint.configuration.encoder_params.names(checkpoint.architecture)))


def encoder_license(name: str) -> str:
    """The license of an encoder; that of one outside the registry is unknown."""
    return ENCODER_LICENSES.get(name, "unknown")


def f1_name(checkpoint: Checkpoint) -> str:
    """What the primary metric is, in words."""
    task = TASKS[checkpoint.architecture]
    return _F1_NAMES[task.status, task.spans]


def _license(source: str, encoders: list[str]) -> str:
    """The encoders' license if they have one and the corpus sets no terms of its own, else `other`."""
    licenses = {encoder_license(name) for name in encoders}
    one = len(licenses) == 1 and source == "demo" and "unknown" not in licenses
    return licenses.pop() if one else "other"


def _results(source: str, checkpoint: Checkpoint, test: Json) -> list[EvalResult]:
    dataset = _KNOWN.get(source, (source, source))
    of_what = "the status" if TASKS[checkpoint.architecture].status else "whether there is evidence"
    named = (("f1", f1_name(checkpoint), "f1_macro"), ("accuracy", f"accuracy of {of_what}", "accuracy"))
    return [
        EvalResult(
            task_type=_task_type(checkpoint),
            dataset_type=dataset[0],
            dataset_name=dataset[1],
            dataset_split="test",
            metric_type=kind,
            metric_name=name,
            metric_value=round(float(test[key]), 4),
        )
        for kind, name, key in named
    ]


def _task_type(checkpoint: Checkpoint) -> str:
    return "text-classification" if TASKS[checkpoint.architecture].status else "token-classification"
