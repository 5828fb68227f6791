"""A fresh trainable model: pretrained encoders copied, dropouts set, heads initialized from a seed.

Owns that step and each process's cache of loaded encoders. Does not train.
"""

import copy
import functools
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.modeling.architectures import ARCHITECTURES
from redsm5_hpo.modeling.cpu import use_cpu_dropout
from redsm5_hpo.modeling.encoders import (
    add_lora,
    check_max_length,
    encoder_directory,
    freeze,
    load_encoder,
    load_tokenizer,
    own,
    reinitialize,
    remove_frozen_lora,
    set_dropout,
    window_limit,
)
from redsm5_hpo.params import Configuration, EncoderParams
from redsm5_hpo.training.device import fastest_attention, seed_torch

ENCODERS_KEPT = 2  # in a process: the most that a model has; all encoders of a search would fill the memory


def tokenizers(architecture: Architecture, encoder: EncoderParams) -> list[PreTrainedTokenizerBase]:
    """One tokenizer, or two if joint's encoders differ; raises EncoderError if max_length is too long for one."""
    directories = [encoder_directory(name) for name in dict.fromkeys(encoder.names(architecture))]
    found = [_tokenizer(directory) for directory in directories]
    for directory, tokenizer in zip(directories, found, strict=True):
        check_max_length(encoder.max_length, directory, tokenizer)
    return found


def fresh_model(
    architecture: Architecture,
    configuration: Configuration,
    *,
    freeze_word_embeddings: bool,
    seed: int,
    device: torch.device | None = None,
) -> nn.Module:
    """A model whose heads, adapters and reinitialized layers depend on `seed` alone; the rest is as published.

    The weights that learn are its own. On a CPU, the default, it shares the others with all models of the process.
    """
    names = configuration.encoder_params.names(architecture)
    if configuration.tie_encoders:
        check_tied(names)
        names = names[:1]
    seed_torch(seed, "initialisation")
    encoders = [_prepared(name, configuration, freeze_word_embeddings=freeze_word_embeddings) for name in names]
    model = assemble(architecture, encoders, configuration)
    if device is not None and device.type != "cpu":
        return model.to(device)  # which copies all
    own(weight for encoder in encoders for weight in encoder.parameters() if weight.requires_grad)
    return model


def assemble(
    architecture: Architecture, encoders: Sequence[PreTrainedModel], configuration: Configuration
) -> nn.Module:
    """The architecture with these encoders, whose dropouts become those of the configuration."""
    for encoder in encoders:
        set_dropout(encoder, hidden=configuration.dropout, attention=configuration.dropout_of_attention)
    model = ARCHITECTURES[architecture](nn.ModuleList(encoders), configuration)
    use_cpu_dropout(model)
    return model


def _prepared(name: str, configuration: Configuration, *, freeze_word_embeddings: bool) -> PreTrainedModel:
    """An encoder whose trained weights require gradients. Its memory is that of all models, but for what is random."""
    encoder = _borrowed(_encoder(encoder_directory(name)))
    top = reinitialize(encoder, configuration.reinitialized_layers)
    adapted = configuration.adapter == "lora"
    if adapted:
        targets, alpha = configuration.lora_target_modules, configuration.lora_alpha
        add_lora(encoder, rank=configuration.lora_rank, alpha=alpha, targets=targets)
    freeze(encoder, layers=configuration.frozen_layers, word_embeddings_too=freeze_word_embeddings or adapted)
    for layer in top:
        layer.requires_grad_(True)  # random weights must learn, even in frozen layers
    if adapted:
        remove_frozen_lora(encoder)
    return encoder


def _borrowed(published: PreTrainedModel) -> PreTrainedModel:
    """New modules with the published weights in the same memory, which all models of the process share."""
    return copy.deepcopy(published, {id(weight): nn.Parameter(weight.detach()) for weight in published.parameters()})


def check_tied(names: Sequence[str]) -> None:
    """Raise EncoderError where the encoders of an architecture are tied, but are not one."""
    if len(set(names)) > 1:
        raise EncoderError(
            "two different encoders cannot be tied",
            got=f"encoder.name {names[0]} and encoder.criteria_name {names[1]}",
            remedy="leave encoder.criteria_name empty, or set tie_encoders to false",
        )


@functools.lru_cache(maxsize=ENCODERS_KEPT)
def _encoder(directory: Path) -> PreTrainedModel:
    return load_encoder(directory, fastest_attention())


@functools.cache
def _tokenizer(directory: Path) -> PreTrainedTokenizerBase:
    tokenizer = load_tokenizer(directory)
    # Some are published without a length, which transformers takes for 10**30, or with more than the encoder's.
    tokenizer.model_max_length = window_limit(directory, tokenizer)
    return tokenizer
