"""Loads and saves encoders and tokenizers with transformers, safely and completely.

Owns the arguments and the failures: no pickles, no remote code, no slow tokenizer, no randomly initialized weight, and
the check of an encoder before training. Does not find the directory, which is in source.py, or set dropout.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, PreTrainedTokenizerFast
from transformers.utils import logging

from redsm5_hpo.core.errors import EncoderError, listed
from redsm5_hpo.modeling.encoders.directory import check_weights, missing_packages, read_files
from redsm5_hpo.modeling.encoders.families import Attention, family_of, load_config
from redsm5_hpo.modeling.encoders.properties import check_max_length
from redsm5_hpo.modeling.encoders.source import encoder_directory

_SHOWN_KEYS = 5


def load_encoder(directory: Path, attention: Attention = "sdpa") -> PreTrainedModel:
    """The base model in float32, without the pooler if the family makes it optional.

    Args:
        directory: has config.json and safetensors weights.
        attention: implementation of the attention; DeBERTa ignores it, ModernBERT takes SDPA for the CPU's.

    Returns:
        A model that maps input_ids and attention_mask, (B, T) each, to last_hidden_state, (B, T, H).

    Raises:
        EncoderError: unsupported family, unreadable weights, missing weights, or weights that are neither of the
            encoder nor expected beside it.
    """
    try:
        with _quiet():
            model, report = _from_pretrained(directory, attention)
    except (SafetensorError, OSError, ValueError, RuntimeError) as problem:
        raise EncoderError(
            f"the weights in {directory} cannot be loaded",
            got=str(problem),
            allowed="intact safetensors weights of the shapes in config.json",
            remedy="fetch or save the encoder again",
        ) from problem
    _refuse_random_weights(directory, sorted(report["missing_keys"]))
    unused = family_of(model.config.model_type, directory).unused
    _refuse_unknown_weights(directory, sorted(name for name in report["unexpected_keys"] if not unused.match(name)))
    return model


def save_encoder(directory: Path, encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Write a directory for load_encoder, load_tokenizer and transformers."""
    with _quiet():
        encoder.save_pretrained(directory)
        tokenizer.save_pretrained(directory)


def load_tokenizer(directory: Path) -> PreTrainedTokenizerFast:
    """The fast tokenizer; a special token's name in a text, such as "[SEP]", is tokenized as text.

    Raises:
        EncoderError: a package is missing, the files are damaged, the tokenizer is slow or has no padding token, or the
            encoder has fewer word embeddings than the tokenizer has tokens.
    """
    if missing := missing_packages(directory):
        raise EncoderError(
            f"the tokenizer in {directory} needs Python packages that are not installed",
            got=f"missing {', '.join(missing)}",
            remedy=f"pip install {' '.join(missing)}",
        )
    try:
        with _quiet():
            tokenizer = AutoTokenizer.from_pretrained(
                directory, split_special_tokens=True, trust_remote_code=False, local_files_only=True
            )
    except Exception as problem:
        raise EncoderError(
            f"the tokenizer in {directory} cannot be loaded",
            got=f"{type(problem).__name__}: {problem}",
            allowed="a fast tokenizer",
            remedy="save the tokenizer again with save_pretrained, so that tokenizer.json exists",
        ) from problem
    _check_tokenizer(directory, tokenizer)
    tokenizer.backend_tokenizer.no_truncation()  # some are published with truncation enabled
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer


def check_usable(name: str, max_length: int | None = None) -> None:
    """Raise EncoderError if an encoder's files are unusable or windows of `max_length` tokens are too long for it.

    `name` is one of the registry, or a directory. The weights are checked, but not loaded.
    """
    directory = encoder_directory(name, verify=False)
    for path in read_files(directory):
        if path.suffix == ".safetensors":
            _check_intact(path)
    tokenizer = load_tokenizer(directory)
    if max_length is not None:
        check_max_length(max_length, directory, tokenizer)


def _from_pretrained(directory: Path, attention: Attention) -> tuple[PreTrainedModel, dict[str, Any]]:
    check_weights(directory)
    config = load_config(directory)
    family = family_of(config.model_type, directory)
    model, report = AutoModel.from_pretrained(
        directory,
        config=config,
        dtype=torch.float32,
        attn_implementation=family.attention(attention),
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
        **({"add_pooling_layer": False} if family.optional_pooler else {}),
    )
    return model, report


def _check_tokenizer(directory: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    if not tokenizer.is_fast:
        raise EncoderError(
            f"the tokenizer in {directory} has no fast version",
            got=type(tokenizer).__name__,
            allowed="a fast tokenizer, which gives the offsets of tokens in a text",
            remedy="choose another encoder",
        )
    if tokenizer.pad_token_id is None:
        raise EncoderError(f"the tokenizer in {directory} has no padding token", remedy="set pad_token and save it")
    rows, largest = load_config(directory).vocab_size, max(tokenizer.get_vocab().values())
    if largest >= rows:
        raise EncoderError(
            f"tokenizer and encoder in {directory} do not belong together",
            got=f"token id {largest} for {rows} word embeddings",
            remedy="save the tokenizer that the encoder was trained with",
        )


def _refuse_random_weights(directory: Path, missing: list[str]) -> None:
    if not missing:
        return
    raise EncoderError(
        f"the weights in {directory} lack {len(missing)} tensors of the encoder, which would be random",
        got="missing" + _first(missing),
        remedy="save the whole encoder with save_pretrained, or correct config.json",
    )


def _refuse_unknown_weights(directory: Path, unknown: list[str]) -> None:
    if unknown:
        raise EncoderError(
            f"the weights in {directory} have {len(unknown)} tensors that the encoder does not",
            got="not of the encoder" + _first(unknown),
            allowed="the encoder's own, heads of pretraining and of the usual tasks, poolers",
            remedy="correct config.json, or save the encoder alone with save_pretrained",
        )


def _first(names: list[str]) -> str:
    more = [f"and {len(names) - _SHOWN_KEYS} more"] if len(names) > _SHOWN_KEYS else []
    return listed([*names[:_SHOWN_KEYS], *more])


def _check_intact(weights: Path) -> None:
    try:
        # Opening checks that the listed tensors fill the file exactly.
        with safe_open(weights, framework="pt"):
            pass
    except (SafetensorError, OSError) as problem:
        raise EncoderError(
            f"{weights} is damaged",
            got=str(problem),
            allowed="an intact safetensors file",
            remedy="fetch or save the encoder again",
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and warnings: this module checks what they report, and workers share a console."""
    verbosity, progress_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if progress_bar:
            logging.enable_progress_bar()
