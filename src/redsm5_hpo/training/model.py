"""A fresh trainable model: pretrained encoders copied, dropouts set, heads initialised from a seed.

Owns that step and the per-process store of loaded encoders. Does not train.
"""

import copy
import functools
from collections.abc import Sequence
from pathlib import Path

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from redsm5_hpo.modeling.architectures import ARCHITECTURES, encoder_count
from redsm5_hpo.modeling.encoders import (
    encoder_directory,
    load_encoder,
    load_tokenizer,
    set_dropout,
    word_embeddings,
)
from redsm5_hpo.params import Configuration, EncoderParams
from redsm5_hpo.training.device import fastest_attention, seed_torch


def encoder_names(architecture: str, encoder: EncoderParams) -> list[str]:
    """The encoders an architecture uses: the evidence side, then joint's criteria side."""
    return [encoder.name, encoder.criteria_name or encoder.name][: encoder_count(architecture)]


def tokenizers(architecture: str, encoder: EncoderParams) -> list[PreTrainedTokenizerBase]:
    """One tokenizer, or two where joint's encoders differ."""
    distinct = dict.fromkeys(encoder_names(architecture, encoder))
    return [_tokenizer(encoder_directory(name)) for name in distinct]


def fresh_model(
    architecture: str, encoder: EncoderParams, configuration: Configuration, *, freeze_word_embeddings: bool, seed: int
) -> nn.Module:
    """A model on the CPU whose heads depend on `seed` and whose encoders are as published."""
    encoders = [copy.deepcopy(_encoder(encoder_directory(name))) for name in encoder_names(architecture, encoder)]
    for each in encoders:
        word_embeddings(each).weight.requires_grad_(not freeze_word_embeddings)
    seed_torch(seed, "initialisation")
    return assemble(architecture, encoders, configuration)


def assemble(architecture: str, encoders: Sequence[PreTrainedModel], configuration: Configuration) -> nn.Module:
    """The architecture around encoders whose dropouts are set to the configuration's."""
    for encoder in encoders:
        set_dropout(encoder, hidden=configuration.dropout, attention=configuration.dropout)
    return ARCHITECTURES[architecture](nn.ModuleList(encoders), configuration)


@functools.cache
def _encoder(directory: Path) -> PreTrainedModel:
    return load_encoder(directory, fastest_attention())


@functools.cache
def _tokenizer(directory: Path) -> PreTrainedTokenizerBase:
    return load_tokenizer(directory)
