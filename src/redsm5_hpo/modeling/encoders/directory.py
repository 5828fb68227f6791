"""The files of an encoder's directory.

Owns the file names and the checks against pickled weights, code and missing files. Does not fetch directories or read
weights and vocabularies.
"""

import importlib.util
import json
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

from redsm5_hpo.core.errors import EncoderError
from redsm5_hpo.modeling.encoders.families import family_of, read_config

WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
SENTENCEPIECE_FILES = ("spm.model", "sentencepiece.bpe.model")
VOCABULARY_FILES = ("tokenizer.json", "vocab.txt", "vocab.json", *SENTENCEPIECE_FILES)
SENTENCEPIECE_PACKAGES = ("sentencepiece", "google.protobuf")
READ_FILES = (  # patterns; nothing else is fetched, read or part of the fingerprint
    "config.json",
    WEIGHTS,
    WEIGHTS_INDEX,
    "model-*.safetensors",
    *VOCABULARY_FILES,
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
# Keys of config.json that name code, and weights other than the files checked here.
_REFUSED_KEYS = ("auto_map", "transformers_weights")
CONVERSION = (
    "in a separate environment that you trust with this file, load the published weights with transformers, "
    "save model and tokenizer with save_pretrained (it writes safetensors), and give that directory as encoder.name"
)


def check_directory(directory: Path) -> None:
    """Raise EncoderError unless `directory` has config.json, safetensors weights and a tokenizer, and names no code."""
    check_weights(directory)
    if not any((directory / name).is_file() for name in VOCABULARY_FILES):
        raise EncoderError(
            f"{directory} holds no tokenizer",
            allowed=f"one of {', '.join(VOCABULARY_FILES)}",
            remedy="save the encoder's tokenizer there with save_pretrained",
        )


def check_weights(directory: Path) -> None:
    """Raise EncoderError unless `directory` has config.json and safetensors weights, and names no code."""
    if not directory.is_dir():
        raise EncoderError(
            f"{directory} is not a directory", remedy="give the directory that holds config.json, not a file in it"
        )
    check_config(directory)
    if (directory / ADAPTER).exists():
        raise EncoderError(
            f"{directory} holds adapters, which would load an encoder from elsewhere",
            got=ADAPTER,
            allowed="a whole encoder",
            remedy="merge the adapters into the encoder with merge_and_unload, and save that with save_pretrained",
        )
    _check_safetensors(directory)


def check_config(directory: Path) -> None:
    """Raise EncoderError unless config.json is of a supported family and names no code."""
    family_of(_check_no_code(directory).get("model_type"), directory)


def read_files(directory: Path) -> list[Path]:
    """An encoder's files that are read, sorted by name."""
    return sorted(path for path in directory.iterdir() if any(path.match(pattern) for pattern in READ_FILES))


def shards_of(index: Path) -> list[str]:
    """The names of the files in an index of shards, sorted; raises EncoderError for another file."""
    try:
        return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise EncoderError(f"{index} is not an index of shards", got=str(problem)) from None


def missing_packages(directory: Path) -> list[str]:
    """The missing Python packages that the tokenizer's vocabulary needs, by their pip names."""
    if (directory / "tokenizer.json").is_file():
        return []
    if not any((directory / name).is_file() for name in SENTENCEPIECE_FILES):
        return []
    return not_installed(SENTENCEPIECE_PACKAGES)


def not_installed(packages: Iterable[str]) -> list[str]:
    """Those of the packages that are not installed, by their pip names."""
    return [package.removeprefix("google.") for package in packages if not _is_importable(package)]


def _is_importable(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # the parent of a dotted name is not installed
        return False


def _check_no_code(directory: Path) -> dict[str, Any]:
    config = read_config(directory)
    if refused := [key for key in _REFUSED_KEYS if key in config]:
        raise EncoderError(
            f"the encoder in {directory} brings its own code or other weights, which are never run or read",
            got=f"{', '.join(refused)} in {directory / 'config.json'}",
            allowed="architectures that transformers implements, with their own weights",
            remedy="choose another encoder, or convert it to an architecture of transformers",
        )
    return config


def _check_safetensors(directory: Path) -> None:
    if (directory / WEIGHTS).is_file():
        return
    if (directory / WEIGHTS_INDEX).is_file():
        _check_shards(directory)
        return
    pickles = sorted(path.name for path in directory.iterdir() if path.suffix in {".bin", ".pt", ".pth", ".ckpt"})
    raise EncoderError(
        f"{directory} holds no safetensors weights",
        got=f"only {', '.join(pickles)}, which could run code when read" if pickles else "",
        allowed=f"{WEIGHTS}, or {WEIGHTS_INDEX} and its shards",
        remedy=CONVERSION,
    )


def _check_shards(directory: Path) -> None:
    index = directory / WEIGHTS_INDEX
    shards = shards_of(index)
    outside = [shard for shard in shards if PurePath(shard).name != shard or PurePath(shard).suffix != ".safetensors"]
    if outside:
        raise EncoderError(f"{index} names files that are not safetensors shards", got=", ".join(outside))
    if missing := [shard for shard in shards if not (directory / shard).is_file()]:
        raise EncoderError(
            f"{directory} lacks shards of the weights", got=f"missing {', '.join(missing)}", remedy="fetch them again"
        )
