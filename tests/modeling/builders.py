"""Batches of literal numbers and models around tiny random encoders."""

from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.modeling.architectures import ARCHITECTURES
from redsm5_hpo.modeling.encoders import load_encoder
from redsm5_hpo.modeling.inputs import TokenBatch
from tests.tiny_encoders import HIDDEN_SIZE, save_tiny_encoder

PAD = 0  # any id: padding is masked


def shape(**values):
    """The values of a configuration that an architecture reads."""
    defaults = {
        "pooling": "mean",
        "span_head": "runs",
        "max_evidence_sentences": 2,
        "head_layers": 1,
        "head_hidden_size": 8,
        "head_activation": "gelu",
        "dropout_of_heads": 0.0,
        "fusion": "gated",
    }
    return SimpleNamespace(**{**defaults, **values})


def batch(*lengths, text_from=3, padding=0, seed=0, sentence=2, isolated=False):
    """Windows of random ids: a criterion up to `text_from`, then text, then one special token, then padding.

    Every `sentence` tokens of the text are a sentence.
    """
    size = max(lengths) + padding
    ids = torch.full((len(lengths), size), PAD)
    mask, types = (torch.zeros(len(lengths), size, dtype=torch.int64) for _ in range(2))
    sentences = torch.zeros(len(lengths), -(-max(1, max(lengths) - text_from - 1) // sentence), size, dtype=torch.bool)
    for row, length in enumerate(lengths):
        random = torch.Generator().manual_seed(seed + row)
        ids[row, :length] = torch.randint(5, 90, (length,), generator=random)
        mask[row, :length] = 1
        types[row, text_from:length] = 1
        for token in range(text_from, length - 1):
            sentences[row, (token - text_from) // sentence, token] = True
    return TokenBatch(ids, mask, types, sentences, isolated=isolated)


def save_narrow_encoder(family: str, directory: Path) -> Path:
    """A tiny encoder whose states are half as wide as the others'."""
    return save_changed_encoder(family, directory, hidden_size=HIDDEN_SIZE // 2)


def save_changed_encoder(family: str, directory: Path, **settings: object) -> Path:
    """A tiny encoder with some other settings in its config.json."""
    save_tiny_encoder(family, directory)
    config = AutoConfig.from_pretrained(directory)
    for name, value in settings.items():
        setattr(config, name, value)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        AutoModel.from_config(config).save_pretrained(directory)
    AutoTokenizer.from_pretrained(directory).save_pretrained(directory)
    return directory


def build(architecture, *directories, seed=0, attention="sdpa", **values):
    """An architecture with the encoders of some directories; the last is loaded twice if two are needed."""
    paths = [*directories, directories[-1]][: TASKS[architecture].encoders]
    torch.manual_seed(seed)
    encoders = nn.ModuleList(load_encoder(path, attention) for path in paths)
    return ARCHITECTURES[architecture](encoders, shape(**values)).eval()
