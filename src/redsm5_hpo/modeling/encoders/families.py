"""The supported encoder families and their differences.

Owns the table by transformers' `model_type`. Does not load weights. To add one: FAMILIES, and the tests' tiny encoders,
for which every property is tested.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from transformers import AutoConfig, PreTrainedConfig

from redsm5_hpo.core.errors import EncoderError

Attention = Literal["eager", "sdpa", "plain_products"]  # the last is in modeling/cpu/attention.py


@dataclass(frozen=True)
class Family:
    """The differences between encoder families.

    Attributes:
        positions_after_padding: positions start at pad_token_id + 1; the rows before it are unused.
        optional_pooler: the base model accepts add_pooling_layer.
        plain_attention: scores are products of queries and keys only, for any attention function; DeBERTa's
            disentangled attention adds relative positions and has one implementation.
        layers: where the encoder keeps its layers.
        above_layers: what the states of the highest layer pass through at the end.
        dropouts: the fields of the configuration with the dropout of the states, and that of the attention weights.
        unused: matches the names of published weights that are no part of the encoder; others are an error.
    """

    positions_after_padding: bool
    optional_pooler: bool
    plain_attention: bool
    unused: re.Pattern[str]
    layers: str = "encoder.layer"
    above_layers: tuple[str, ...] = ()
    dropouts: tuple[tuple[str, ...], tuple[str, ...]] = (("hidden_dropout_prob",), ("attention_probs_dropout_prob",))

    @property
    def bert_layers(self) -> bool:
        """Whether a layer has BERT's parts, of which the first token's state can be computed alone."""
        return self.plain_attention and not self.above_layers

    def attention(self, asked: Attention) -> Attention:
        """The implementation of the attention that the family is loaded with."""
        if not self.plain_attention:
            return "eager"
        # The CPU's own keeps all weights of a window, too many where windows may be long (docs/encoders.md).
        return "sdpa" if asked == "plain_products" and not self.bert_layers else asked


def _unused(*names: str) -> re.Pattern[str]:
    """Heads of fine-tuned models, poolers, the counts 0, 1, ... that old versions saved, and the family's own."""
    return re.compile("|".join([*_HEADS, r"(\w+\.)?embeddings\.position_ids$", r"(\w+\.)?pooler\.", *names]))


_HEADS = (r"classifier\.", r"qa_outputs\.", r"score\.")
_LM_HEAD = r"lm_head\."
# The discriminators' heads, and a projection that the base models have, though their embeddings are as wide as their
# states (ThilinaRajapakse/simpletransformers issue 560).
_OF_ELECTRA = (r"(discriminator|generator)_predictions\.", r"generator_lm_head\.", r"(electra\.)?embeddings_project\.")
# The heads of both pretraining tasks, and what word_embeddings.weight already contains (HySonLab/ViDeBERTa issue 5).
_OF_DEBERTA = (r"(lm|mask)_predictions\.", r"cls\.", r"(deberta\.)?embeddings\.word_embeddings\._weight$")

FAMILIES = {
    "bert": Family(positions_after_padding=False, optional_pooler=True, plain_attention=True, unused=_unused(r"cls\.")),
    "roberta": Family(
        positions_after_padding=True, optional_pooler=True, plain_attention=True, unused=_unused(_LM_HEAD)
    ),
    "xlm-roberta": Family(
        positions_after_padding=True, optional_pooler=True, plain_attention=True, unused=_unused(_LM_HEAD)
    ),
    "electra": Family(
        positions_after_padding=False, optional_pooler=False, plain_attention=True, unused=_unused(*_OF_ELECTRA)
    ),
    "deberta-v2": Family(
        positions_after_padding=False, optional_pooler=False, plain_attention=False, unused=_unused(*_OF_DEBERTA)
    ),
    "modernbert": Family(
        positions_after_padding=False,
        optional_pooler=False,
        plain_attention=True,
        unused=_unused(r"head\.", r"decoder\."),
        layers="layers",
        above_layers=("final_norm",),
        dropouts=(("embedding_dropout", "mlp_dropout"), ("attention_dropout",)),
    ),
}


def load_config(directory: Path) -> PreTrainedConfig:
    """The configuration in `directory`; raises EncoderError if it is invalid or of an unsupported family."""
    family_of(read_config(directory).get("model_type"), directory)
    try:
        return AutoConfig.from_pretrained(directory, trust_remote_code=False, local_files_only=True)
    except (ValueError, TypeError, OSError) as problem:
        raise EncoderError(f"{directory / 'config.json'} is not a valid configuration", got=str(problem)) from problem


def read_config(directory: Path) -> dict[str, Any]:
    """The content of config.json; raises EncoderError if it is missing, not JSON or not a mapping."""
    path = directory / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EncoderError(f"{path} does not exist", remedy="give a directory that save_pretrained wrote") from None
    except ValueError as problem:
        raise EncoderError(f"{path} is not JSON in UTF-8", got=str(problem)) from None
    if not isinstance(config, dict):
        raise EncoderError(f"{path} is not a mapping", got=type(config).__name__)
    return config


def family_of(model_type: str | None, directory: Path) -> Family:
    """The family of a `model_type`; raises EncoderError for an unsupported one."""
    if model_type not in FAMILIES:
        raise EncoderError(
            f"the encoder in {directory} is of no supported family",
            got=f"model_type {model_type!r}",
            allowed=", ".join(sorted(FAMILIES)),
            remedy="choose an encoder of a supported family",
        )
    return FAMILIES[model_type]
