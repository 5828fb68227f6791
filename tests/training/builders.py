"""A learnable corpus of invented posts, and specs and configurations for fits that take a second."""

from pathlib import Path

import torch

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.corpus.records import Corpus, Pair, Post, Sentence, Span
from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.modeling.spans.tokens import TokenSpans
from redsm5_hpo.params import EncoderParams, load_params
from redsm5_hpo.params.configuration import DefaultValues
from redsm5_hpo.training.device import Compute
from redsm5_hpo.training.fit_spec import FitSpec

ROOT = Path(__file__).parents[2]
PARAMS = load_params(ROOT / "params.yaml")
ARCHITECTURES = ("criteria", "evidence", "share", "joint")
CPU = Compute(torch.device("cpu"), "fp32")

CRITERIA = {"MOOD": "sad or empty mood", "SLEEP": "trouble with sleep"}
EVIDENCE = {"MOOD": "i feel so sad and hopeless.", "SLEEP": "i am awake all night."}
FILLERS = ("my friends were at work.", "we eat the food of my mother.", "it was a day in the week.")

CONFIGURATION = PARAMS.default_configuration.with_values(
    {
        "learning_rate": 3e-3,
        "head_learning_rate_factor": 1.0,
        "batch_size": 8,
        "frozen_layers": 0,
        "dropout": 0.1,
        "head_hidden_size": 16,
    }
)


def defaults(**values):
    """`training.defaults` of the configuration of fast fits."""
    changed = {**CONFIGURATION.model_dump(include=set(DefaultValues.model_fields)), **values}
    return DefaultValues.model_validate(changed)


def learnable_corpus(size=12, first=0):
    """Posts in which none, one or both of the criteria are present, somewhere among neutral sentences."""
    posts, sentences, pairs = [], [], []
    for number in range(first, first + size):
        present = [label for bit, label in enumerate(CRITERIA) if number >> bit & 1]
        lines = [EVIDENCE[label] for label in present]
        for index, filler in enumerate(FILLERS):
            lines.insert((number // 4 + 2 * index) % (len(lines) + 1), filler)
        post = Post(f"p{number}", " ".join(lines))
        posts.append(post)
        for label in CRITERIA:
            pairs.append(_pair(post, label, label in present))
            line = EVIDENCE[label] if label in present else lines[0]
            sentences.append(
                Sentence(post.post_id, f"{post.post_id}_{label}", label, line, int(line == EVIDENCE[label]))
            )
    return Corpus(tuple(posts), tuple(sentences), tuple(pairs), CRITERIA)


def _pair(post, label, present):
    start = post.text.find(EVIDENCE[label])
    spans = (Span(start, start + len(EVIDENCE[label]), "exact"),) if present else ()
    return Pair(post.post_id, label, int(present), True, spans)


def example(text, *spans, label="MOOD", status=None, post_id="p"):
    """A pair's example; present where it has spans, unless a status is given."""
    status = int(bool(spans)) if status is None else status
    return Example(post_id, "", label, CRITERIA[label], text, status, spans)


def encoder(directory, criteria=None, max_length=64, stride=8, attention="sentences"):
    """Encoder settings for local directories."""
    name = None if criteria is None else str(criteria)
    return EncoderParams(
        name=str(directory), criteria_name=name, max_length=max_length, stride=stride, attention=attention
    )


def training(**values):
    """Training settings in full precision, so that scores do not depend on the processor's kind."""
    defaults = {"precision": "fp32", "early_stopping_patience": 9, "freeze_word_embeddings": False}
    return PARAMS.training.model_copy(update={**defaults, **values})


def spec(folder, architecture, epochs=3, **values):
    """A fit's spec over folder/train and folder/val."""
    train, val = (Portion((folder / name,)) for name in ("train", "val"))
    return FitSpec(architecture, training(**values), epochs, train, val)


def configured(directory, criteria=None, max_length=64, stride=8, **values):
    """The configuration of fast fits, with encoders in local directories."""
    names = {"encoder": str(directory), "criteria_encoder": None if criteria is None else str(criteria)}
    return CONFIGURATION.with_values({**names, "max_length": max_length, "stride": stride, **values})


def never(_curve):
    """Stops no fit."""
    return False


def weights(model):
    """All weights as bytes."""
    return {name: value.numpy().tobytes() for name, value in model.state_dict().items()}


def window_slices(tokens: EncodedWindows):
    """The positions of each window's tokens in the flat arrays."""
    ends = tokens.lengths.cumsum()
    return [slice(end - length, end) for end, length in zip(ends, tokens.lengths, strict=True)]


def log_outputs(status=None, start=None, end=None):
    """Outputs from lists of probabilities."""
    status, start, end = (None if rows is None else torch.tensor(rows).log() for rows in (status, start, end))
    return Outputs(status, None if start is None else TokenSpans(start, end))
