"""Pretrained encoders: finding and loading them, and text as windows of their tokens."""

from redsm5_hpo.modeling.encoders.adapters import add_lora, matrix_of, remove_frozen_lora, without_lora
from redsm5_hpo.modeling.encoders.families import Attention
from redsm5_hpo.modeling.encoders.loading import check_usable, load_encoder, load_tokenizer, save_encoder
from redsm5_hpo.modeling.encoders.properties import (
    above_layers,
    check_max_length,
    first_position,
    freeze,
    frozen_depth,
    has_bert_layers,
    has_plain_attention,
    hidden_size,
    layer_count,
    layers_of,
    layers_path,
    lower_parameters,
    own,
    reinitialize,
    set_dropout,
    uses_token_types,
    window_limit,
    word_embeddings,
)
from redsm5_hpo.modeling.encoders.registry import REGISTRY
from redsm5_hpo.modeling.encoders.settings import deciding_settings
from redsm5_hpo.modeling.encoders.source import encoder_directory, fingerprint, is_present
from redsm5_hpo.modeling.encoders.tokenization import EncodedWindows, check_room, encode_windows, joined

__all__ = [
    "REGISTRY",
    "Attention",
    "EncodedWindows",
    "above_layers",
    "add_lora",
    "check_max_length",
    "check_room",
    "check_usable",
    "deciding_settings",
    "encode_windows",
    "encoder_directory",
    "fingerprint",
    "first_position",
    "freeze",
    "frozen_depth",
    "has_bert_layers",
    "has_plain_attention",
    "hidden_size",
    "is_present",
    "joined",
    "layer_count",
    "layers_of",
    "layers_path",
    "load_encoder",
    "load_tokenizer",
    "lower_parameters",
    "matrix_of",
    "own",
    "reinitialize",
    "remove_frozen_lora",
    "save_encoder",
    "set_dropout",
    "uses_token_types",
    "window_limit",
    "without_lora",
    "word_embeddings",
]
