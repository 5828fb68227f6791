"""Randomly initialized encoders of every family, small enough for a test, saved as a user would save them.

Owns real configurations and real fast tokenizers in miniature. Does not check anything: the tests of encoders do.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    DebertaV2Config,
    DebertaV2Model,
    DebertaV2Tokenizer,
    ElectraConfig,
    ElectraModel,
    ModernBertConfig,
    ModernBertModel,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaModel,
    XLMRobertaTokenizer,
)

FAMILIES = ("bert", "roberta", "electra", "deberta_v2", "xlm_roberta", "modernbert")
HIDDEN_SIZE = 32
WINDOW_LIMIT = 128  # tokens, special tokens included; the same for every family

KNOWN = (
    "i me my you we it he she they the a an and or but not no never always am is are was were be been have has had do "
    "does did feel feeling felt sad down tired empty hopeless worthless guilty angry happy sleep sleeping awake eat "
    "eating food weight thoughts of dying death hurt myself life live job work friends family mother doctor day days "
    "night week weeks month year time all most every nothing anything something everything any for to in on at with "
    "from about so very really just can cannot could would should will want wanted need know think thinking remember "
    "focus concentrate slow moving energy interest pleasure enjoy things lost gained appetite mood depressed sentence "
    "criterion evidence episode person people because when since before after again more less than that this these "
    "there here what who how why"
)
WORDS = tuple(dict.fromkeys(KNOWN.split()))
CHARACTERS = tuple(chr(code) for code in range(33, 127))
BERT_SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
# RoBERTa counts positions from pad_token_id + 1, so its table is two rows longer than its longest window
_ROBERTA_SHAPE: dict[str, Any] = {"max_position_embeddings": WINDOW_LIMIT + 2, "type_vocab_size": 1}


def save_tiny_encoder(family: str, directory: Path, seed: int = 0) -> Path:
    """Save a random encoder of one of FAMILIES and its tokenizer; the same seed saves the same weights.

    Returns:
        `directory`, which now holds config.json, model.safetensors, tokenizer.json and tokenizer_config.json.
    """
    tokenizer, model_class, config = _BUILDERS[family]()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: PreTrainedModel = model_class(config)
    model.save_pretrained(directory)
    tokenizer.model_max_length = WINDOW_LIMIT
    tokenizer.save_pretrained(directory)
    return directory


def tiny_shape(tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """The configuration arguments that all families share."""
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": HIDDEN_SIZE,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "pad_token_id": tokenizer.pad_token_id,
        "initializer_range": 0.2,  # with 0.02 all states of a model this small look alike
    }


def _bert() -> tuple[PreTrainedTokenizerBase, type[PreTrainedModel], BertConfig]:
    tokenizer = _wordpiece()
    return tokenizer, BertModel, BertConfig(**tiny_shape(tokenizer), max_position_embeddings=WINDOW_LIMIT)


def _electra() -> tuple[PreTrainedTokenizerBase, type[PreTrainedModel], ElectraConfig]:
    tokenizer = _wordpiece()
    shape = tiny_shape(tokenizer)
    # as published, the small models embed in fewer dimensions than they compute in
    return tokenizer, ElectraModel, ElectraConfig(**shape, embedding_size=16, max_position_embeddings=WINDOW_LIMIT)


def _roberta() -> tuple[PreTrainedTokenizerBase, type[PreTrainedModel], RobertaConfig]:
    model = json.loads(_byte_pairs(ROBERTA_SPECIALS).to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = RobertaTokenizer(vocab=model["vocab"], merges=merges)
    return tokenizer, RobertaModel, RobertaConfig(**tiny_shape(tokenizer), **_ROBERTA_SHAPE)


def _modernbert() -> tuple[PreTrainedTokenizerBase, type[PreTrainedModel], ModernBertConfig]:
    trained = _byte_pairs(BERT_SPECIALS)
    ids = [(name, trained.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    trained.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ids
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), BERT_SPECIALS, strict=True))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=trained, **names)
    config = ModernBertConfig(  # as published, every global layer is followed by local ones
        **tiny_shape(tokenizer),
        max_position_embeddings=WINDOW_LIMIT,
        local_attention=8,
        global_attn_every_n_layers=2,
        **{f"{name}_token_id": trained.token_to_id(f"[{name.upper()}]") for name in ("cls", "sep")},
        bos_token_id=trained.token_to_id("[CLS]"),
        eos_token_id=trained.token_to_id("[SEP]"),
    )
    return tokenizer, ModernBertModel, config


def _byte_pairs(specials: tuple[str, ...]) -> Tokenizer:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=list(specials),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    trained.train_from_iterator([" ".join(WORDS)], trainer)
    return trained


def _xlm_roberta() -> tuple[PreTrainedTokenizerBase, type[PreTrainedModel], XLMRobertaConfig]:
    tokenizer = XLMRobertaTokenizer(vocab=_pieces(ROBERTA_SPECIALS[:4], ROBERTA_SPECIALS[4:]))
    return tokenizer, XLMRobertaModel, XLMRobertaConfig(**tiny_shape(tokenizer), **_ROBERTA_SHAPE)


def _deberta_v2() -> tuple[PreTrainedTokenizerBase, type[PreTrainedModel], DebertaV2Config]:
    tokenizer = DebertaV2Tokenizer(vocab=_pieces(("[PAD]", "[CLS]", "[SEP]", "[UNK]"), ("[MASK]",)), unk_id=3)
    config = DebertaV2Config(  # the published version 3: relative positions in shared buckets, no token types
        **tiny_shape(tokenizer),
        max_position_embeddings=WINDOW_LIMIT,
        relative_attention=True,
        position_buckets=16,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        type_vocab_size=0,
        layer_norm_eps=1e-7,
    )
    return tokenizer, DebertaV2Model, config


def _wordpiece() -> PreTrainedTokenizerBase:
    shards = (*BERT_SPECIALS, *CHARACTERS, *(f"##{character}" for character in CHARACTERS), *WORDS)
    return BertTokenizer(vocab={shard: number for number, shard in enumerate(dict.fromkeys(shards))})


def _pieces(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, float]]:
    """A Unigram vocabulary in which a known word beats its letters; "\u2581" stands for the space before a word."""
    words = [(f"\u2581{word}", -5.0) for word in WORDS]
    letters = [(shard, -10.0) for shard in ("\u2581", *CHARACTERS)]
    return [*((special, 0.0) for special in before), *letters, *words, *((special, 0.0) for special in after)]


_BUILDERS: dict[str, Callable[[], tuple[PreTrainedTokenizerBase, type[PreTrainedModel], PreTrainedConfig]]] = {
    "bert": _bert,
    "roberta": _roberta,
    "electra": _electra,
    "deberta_v2": _deberta_v2,
    "xlm_roberta": _xlm_roberta,
    "modernbert": _modernbert,
}
