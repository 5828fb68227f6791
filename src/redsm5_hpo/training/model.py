"""A fresh trainable model: pretrained encoders copied, dropouts set, heads initialised from a seed.

Owns that step and the per-process store of loaded encoders. Does not train.
"""

import copy
import functools
from collections.abc import Sequence
from pathlib import Path

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from redsm5_hpo.errors import EncoderError
from redsm5_hpo.modeling.architectures import ARCHITECTURES, encoder_count
from redsm5_hpo.modeling.dropout import use_cheap_dropout
from redsm5_hpo.modeling.encoders import (
    add_lora,
    check_max_length,
    encoder_directory,
    freeze,
    load_encoder,
    load_tokenizer,
    own,
    reinitialise,
    set_dropout,
    window_limit,
)
from redsm5_hpo.params import Configuration, EncoderParams
from redsm5_hpo.training.device import fastest_attention, seed_torch

ENCODERS_KEPT = 2  # in a process: as many as a model has; a search over encoders would fill the memory


def encoder_names(architecture: str, encoder: EncoderParams) -> list[str]:
    """The encoders an architecture uses: the evidence side, then joint's criteria side."""
    return [encoder.name, encoder.criteria_name or encoder.name][: encoder_count(architecture)]


def tokenizers(architecture: str, encoder: EncoderParams) -> list[PreTrainedTokenizerBase]:
    """One tokenizer, or two where joint's encoders differ; raises EncoderError when a window is too long for one."""
    directories = [encoder_directory(name) for name in dict.fromkeys(encoder_names(architecture, encoder))]
    found = [_tokenizer(directory) for directory in directories]
    for directory, tokenizer in zip(directories, found, strict=True):
        check_max_length(encoder.max_length, directory, tokenizer)
    return found


def fresh_model(
    architecture: str, encoder: EncoderParams, configuration: Configuration, *, freeze_word_embeddings: bool, seed: int
) -> nn.Module:
    """A model on the CPU whose heads, adapters and re-initialised layers depend on `seed`; the rest is as published."""
    names = encoder_names(architecture, encoder)
    if configuration.tie_encoders:
        names = _tied(names)
    seed_torch(seed, "initialisation")
    encoders = [_prepared(name, configuration, freeze_word_embeddings=freeze_word_embeddings) for name in names]
    return assemble(architecture, encoders, configuration)


def assemble(architecture: str, encoders: Sequence[PreTrainedModel], configuration: Configuration) -> nn.Module:
    """The architecture around encoders whose dropouts are set to the configuration's."""
    for encoder in encoders:
        set_dropout(encoder, hidden=configuration.dropout, attention=configuration.dropout_of_attention)
    model = ARCHITECTURES[architecture](nn.ModuleList(encoders), configuration)
    use_cheap_dropout(model)
    return model


def _prepared(name: str, configuration: Configuration, *, freeze_word_embeddings: bool) -> PreTrainedModel:
    """An encoder in which exactly what the configuration trains takes gradients and is a copy; the rest is shared."""
    encoder = _borrowed(_encoder(encoder_directory(name)))
    top = reinitialise(encoder, configuration.reinitialised_layers)
    adapted = configuration.adapter == "lora"
    if adapted:
        targets, alpha = configuration.lora_targets, configuration.lora_alpha
        add_lora(encoder, rank=configuration.lora_rank, alpha=alpha, targets=targets)
    freeze(encoder, layers=configuration.frozen_layers, word_embeddings_too=freeze_word_embeddings or adapted)
    for layer in top:
        layer.requires_grad_(True)  # random weights must learn, whatever is frozen
    own(parameter for parameter in encoder.parameters() if parameter.requires_grad)
    return encoder


def _borrowed(published: PreTrainedModel) -> PreTrainedModel:
    """The same weights in the same memory, which serves all models of the process, around modules of its own."""
    return copy.deepcopy(published, {id(weight): nn.Parameter(weight.detach()) for weight in published.parameters()})


def _tied(names: list[str]) -> list[str]:
    if len(set(names)) > 1:
        raise EncoderError(
            "tied encoders are one encoder",
            got=f"encoder.name {names[0]} and encoder.criteria_name {names[1]}",
            remedy="leave encoder.criteria_name empty, or set tie_encoders to false",
        )
    return names[:1]


@functools.lru_cache(maxsize=ENCODERS_KEPT)
def _encoder(directory: Path) -> PreTrainedModel:
    return load_encoder(directory, fastest_attention())


@functools.cache
def _tokenizer(directory: Path) -> PreTrainedTokenizerBase:
    tokenizer = load_tokenizer(directory)
    # Some are published without a length, which transformers takes for 10**30, or with more than the encoder's.
    tokenizer.model_max_length = window_limit(directory, tokenizer)
    return tokenizer
