"""Pretrained encoders: where they come from, how they are loaded, and text as windows of their tokens."""

from redsm5_hpo.modeling.encoders.loading import Attention, load_encoder, load_tokenizer
from redsm5_hpo.modeling.encoders.properties import (
    check_max_length,
    hidden_size,
    set_dropout,
    uses_token_types,
    window_limit,
    word_embeddings,
)
from redsm5_hpo.modeling.encoders.windows import EncodedWindows, encode_windows

__all__ = [
    "Attention",
    "EncodedWindows",
    "check_max_length",
    "encode_windows",
    "hidden_size",
    "load_encoder",
    "load_tokenizer",
    "set_dropout",
    "uses_token_types",
    "window_limit",
    "word_embeddings",
]
