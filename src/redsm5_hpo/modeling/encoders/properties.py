"""Properties of a loaded encoder, and changes to it, for every family.

Owns sizes, the longest window, dropout, frozen and re-initialized layers. Does not load encoders.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders.families import Family, family_of, load_config


def hidden_size(encoder: nn.Module) -> int:
    """The width H of the states."""
    return int(_config(encoder).hidden_size)


def layer_count(directory: Path) -> int:
    """The number of layers of the encoder in a directory."""
    return int(load_config(directory).num_hidden_layers)


def uses_token_types(encoder: nn.Module) -> bool:
    """Whether token types distinguish criterion and text; RoBERTa has one type, others none."""
    return int(getattr(_config(encoder), "type_vocab_size", 0)) > 1


def has_bert_layers(encoder: nn.Module) -> bool:
    """Whether the layers have BERT's parts (see Family)."""
    return _family(encoder).bert_layers


def has_plain_attention(encoder: nn.Module) -> bool:
    """Whether scores are products of queries and keys only (see Family)."""
    return _family(encoder).plain_attention


def first_position(encoder: nn.Module) -> int:
    """The number of the first position; RoBERTa counts from the one after that of padding."""
    return int(_config(encoder).pad_token_id) + 1 if _family(encoder).positions_after_padding else 0


def word_embeddings(encoder: PreTrainedModel) -> nn.Embedding:
    """The word embeddings: the largest table, which gains least from fine-tuning."""
    embeddings = encoder.get_input_embeddings()
    assert isinstance(embeddings, nn.Embedding)  # noqa: S101 (true of every supported family)
    return embeddings


def freeze(encoder: PreTrainedModel, *, layers: int, word_embeddings_too: bool) -> None:
    """Freeze the lowest `layers` layers and all embeddings; with 0 layers, at most the word embeddings.

    Raises:
        EncoderError: the encoder has fewer layers.
    """
    _check_layers(encoder, layers, "frozen_layers")
    word_embeddings(encoder).weight.requires_grad_(not word_embeddings_too)
    for parameter in lower_parameters(encoder, layers) if layers else []:
        parameter.requires_grad_(False)


def reinitialize(encoder: PreTrainedModel, layers: int) -> list[nn.Module]:
    """Initialize the top `layers` layers as before pretraining, from torch's generator; returns them.

    Their weights are new tensors: other models keep the shared ones. Zhang et al. 2021, section 4, without the pooler.

    Raises:
        EncoderError: the encoder has fewer layers.
    """
    _check_layers(encoder, layers, "reinitialized_layers")
    stack = layers_of(encoder)
    top = stack[len(stack) - layers :]
    for layer in top:
        own(layer.parameters())
        layer.apply(encoder._init_weights)
    return top


def own(weights: Iterable[nn.Parameter]) -> None:
    """Copy weights that are shared with other models."""
    for weight in weights:
        weight.data = weight.data.clone()


def layers_of(encoder: nn.Module) -> list[nn.Module]:
    """All layers, from the lowest to the highest."""
    return list(encoder.get_submodule(layers_path(encoder)).children())


def layers_path(encoder: nn.Module) -> str:
    """Where the encoder keeps its layers."""
    return _family(encoder).layers


def above_layers(encoder: nn.Module) -> tuple[str, ...]:
    """The modules that the states of the highest layer pass through at the end, and no others."""
    return _family(encoder).above_layers


def lower_parameters(encoder: nn.Module, layers: int) -> list[nn.Parameter]:
    """All weights but those of the layers above the lowest `layers`: embeddings and relative positions included."""
    above = {id(parameter) for layer in _with_top(encoder)[layers:] for parameter in layer.parameters()}
    return [parameter for parameter in encoder.parameters() if id(parameter) not in above]


def frozen_depth(encoder: nn.Module) -> int:
    """How many of the lowest layers are frozen; 0 if anything outside the layers is trained."""
    if any(parameter.requires_grad for parameter in lower_parameters(encoder, 0)):
        return 0
    trained = [any(parameter.requires_grad for parameter in layer.parameters()) for layer in _with_top(encoder)]
    return [*trained, True].index(True)


def _with_top(encoder: nn.Module) -> list[nn.Module]:
    """The layers; the highest one with what its states pass through."""
    *lower, top = layers_of(encoder)
    return [*lower, nn.ModuleList([top, *map(encoder.get_submodule, above_layers(encoder))])]


def set_dropout(encoder: nn.Module, *, hidden: float, attention: float) -> None:
    """Set the dropout probabilities, of the states and of the attention weights, in place.

    Frozen layers have none, so that their activations can be cached. Every supported family reads the probability of
    states from nn.Dropout modules when called. That of the attention weights is in `attention.self.dropout`, such a
    module; ModernBERT's is a number, and its output has a module only where it was trained with one.
    """
    config, names = _config(encoder), _family(encoder).dropouts
    for fields, p in zip(names, (hidden, attention), strict=True):
        for field in fields:
            setattr(config, field, p)
    depth = frozen_depth(encoder)
    trained = {id(module) for layer in layers_of(encoder)[depth:] for module in layer.modules()}
    for name, module in list(encoder.named_modules()):
        kept = depth == 0 or id(module) in trained
        if isinstance(module, nn.Dropout):
            p = attention if name.endswith("attention.self.dropout") else hidden
            module.p = p if kept else 0.0
        elif isinstance(getattr(module, "attention_dropout", None), float | int):
            cast(Any, module).attention_dropout = attention if kept else 0.0
            cast(Any, module).out_drop = nn.Dropout(hidden if kept else 0.0)


def window_limit(encoder: PreTrainedModel | Path, tokenizer: PreTrainedTokenizerFast) -> int:
    """The longest window of encoder and tokenizer in tokens, special tokens included.

    DeBERTa's relative positions have no hard limit; its limit is max_position_embeddings, as in its training.
    """
    config = load_config(encoder) if isinstance(encoder, Path) else _config(encoder)
    positions = int(config.max_position_embeddings)
    if family_of(config.model_type, Path(config.name_or_path)).positions_after_padding:
        positions -= int(config.pad_token_id) + 1
    return min(positions, int(tokenizer.model_max_length))


def check_max_length(max_length: int, encoder: PreTrainedModel | Path, tokenizer: PreTrainedTokenizerFast) -> None:
    """Raise EncoderError if `max_length` exceeds the encoder's longest window."""
    limit = window_limit(encoder, tokenizer)
    if max_length > limit:
        where = encoder if isinstance(encoder, Path) else _config(encoder).name_or_path
        raise EncoderError(
            "encoder.max_length is longer than the encoder's longest window",
            got=f"{max_length} tokens for {where}",
            allowed=f"at most {limit}",
            remedy=f"set encoder.max_length to {limit} or less; longer texts are split into overlapping windows",
        )


def _config(encoder: nn.Module) -> PreTrainedConfig:
    return cast(PreTrainedModel, encoder).config


def _family(encoder: nn.Module) -> Family:
    config = _config(encoder)
    return family_of(config.model_type, Path(config.name_or_path))


def _check_layers(encoder: PreTrainedModel, count: int, setting: str) -> None:
    layers = len(layers_of(encoder))
    if count > layers:
        raise EncoderError(
            f"{setting} exceeds the encoder's number of layers",
            got=f"{setting} {count}",
            allowed=f"0 to {layers}",
            remedy=f"lower training.defaults.{setting} or its range in the search space",
        )
