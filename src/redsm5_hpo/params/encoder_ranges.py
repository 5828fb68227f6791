"""The learning rates, batch sizes and warm-ups that suit an encoder.

Owns the table and the rule for encoders that are not in it. An empty `training.defaults.learning_rate`, and empty ends
or choices of learning_rate, batch_size and warmup_ratio in hpo.space, mean these. The sources are in docs/encoders.md.
Does not load encoders: of a directory only config.json is read.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SMALL_BELOW, _LARGE_FROM = 30e6, 200e6  # weights of the layers; base models have 85 million, ModernBERT's 155


@dataclass(frozen=True)
class EncoderRanges:
    """What suits an encoder.

    Attributes:
        learning_rate: the default.
        lowest, highest: of the searched learning rates, on a logarithmic scale.
        batch_sizes: of windows.
        most_warmup: of the steps, from 0 on.
    """

    learning_rate: float
    lowest: float
    highest: float
    batch_sizes: tuple[int, ...] = (8, 16, 32)
    most_warmup: float = 0.2

    def dimensions(self) -> dict[str, dict[str, Any]]:
        """The dimensions of hpo.space that it decides."""
        return {
            "learning_rate": {"low": self.lowest, "high": self.highest, "log": True},
            "batch_size": {"choices": self.batch_sizes},
            "warmup_ratio": {"low": 0.0, "high": self.most_warmup},
        }


_BY_SIZE = {
    "small": EncoderRanges(3.0e-4, 3.0e-5, 1.0e-3),
    "base": EncoderRanges(2.0e-5, 1.0e-6, 5.0e-5),
    "large": EncoderRanges(1.0e-5, 1.0e-6, 3.0e-5),
}
_ELECTRA = {"base": EncoderRanges(1.0e-4, 1.0e-5, 2.0e-4), "large": EncoderRanges(5.0e-5, 5.0e-6, 1.0e-4)}
_DEBERTA = {"large": EncoderRanges(6.0e-6, 1.0e-6, 2.0e-5)}
_MODERNBERT = {"base": EncoderRanges(5.0e-5, 5.0e-6, 1.0e-4), "large": EncoderRanges(3.0e-5, 3.0e-6, 8.0e-5)}
# Families that differ from others of their size.
_FAMILIES = {
    "electra": _ELECTRA,
    "deberta": _DEBERTA,
    "modernbert": _MODERNBERT,
}

RANGES = {
    "minilm_l6": EncoderRanges(1.0e-3, 1.0e-4, 2.0e-3),  # the demo trains heads alone
    "bert_base": _BY_SIZE["base"],
    "bert_large": EncoderRanges(2.0e-5, 1.0e-6, 5.0e-5),
    "roberta_base": _BY_SIZE["base"],
    "roberta_large": _BY_SIZE["large"],
    "xlm_roberta_base": _BY_SIZE["base"],
    "deberta_v3_base": _BY_SIZE["base"],
    "deberta_v3_large": _DEBERTA["large"],
    "electra_base": _ELECTRA["base"],
    "electra_large": _ELECTRA["large"],
    "deberta_v3_small": EncoderRanges(4.5e-5, 5.0e-6, 1.0e-4),
    "modernbert_base": _MODERNBERT["base"],
    "modernbert_large": _MODERNBERT["large"],
    "mental_bert": _BY_SIZE["base"],
    "mental_roberta": _BY_SIZE["base"],
    "mental_roberta_large": _BY_SIZE["large"],
    "dep_bert": _BY_SIZE["base"],
    "disor_bert": _BY_SIZE["base"],
    "clinical_bert": _BY_SIZE["base"],
}


def suited_ranges(name: str) -> tuple[EncoderRanges, str]:
    """The ranges for an encoder's name, and whose they are."""
    if name in RANGES:
        return RANGES[name], f"of {name}"
    family, size, why = _by_name(name) if (config := _config(name)) is None else _by_config(config)
    special = next((ranges for part, ranges in _FAMILIES.items() if part in family), {})
    whose = f"{size} {next(part for part in _FAMILIES if part in family)}" if size in special else size
    return special.get(size, _BY_SIZE[size]), f"of a {whose} model, for {why}"


def _by_name(name: str) -> tuple[str, str, str]:
    """Family, size and reason for a repository of the hub, which may not be here yet."""
    model = name.partition("@")[0].rpartition("/")[2].casefold()
    large = "large" in model
    return model, "large" if large else "base", f"a name {'with' if large else 'without'} 'large'"


def _by_config(config: dict[str, Any]) -> tuple[str, str, str]:
    width, layers = (config.get(key) for key in ("hidden_size", "num_hidden_layers"))
    if not (isinstance(width, int) and isinstance(layers, int)):  # the encoder's checks refuse it
        width, layers = 768, 12
    weights = 12 * layers * width**2
    size = "small" if weights < _SMALL_BELOW else "base" if weights < _LARGE_FROM else "large"
    return str(config.get("model_type")), size, f"{layers} layers of width {width}"


def with_encoder_ranges(values: dict[str, Any]) -> dict[str, Any]:
    """The content of params.yaml with the empty settings filled in; unchanged where it has no such sections.

    Where the encoder's name is missing or no text, which is an error, those of any encoder: they are no further errors.
    """
    encoder, training, hpo = (values.get(name) for name in ("encoder", "training", "hpo"))
    name = encoder.get("name") if isinstance(encoder, dict) else None
    suited, _ = suited_ranges(name if isinstance(name, str) else next(iter(RANGES)))
    if isinstance(training, dict) and isinstance(defaults := training.get("defaults"), dict):
        filled = _filled(defaults, {"learning_rate": suited.learning_rate})
        values = {**values, "training": {**training, "defaults": filled}}
    if isinstance(hpo, dict) and isinstance(space := hpo.get("space"), dict):
        values = {**values, "hpo": {**hpo, "space": _filled_space(space, suited)}}
    return values


def _filled_space(space: dict[str, Any], suited: EncoderRanges) -> dict[str, Any]:
    dimensions = suited.dimensions()
    return {
        name: _filled(given, dimensions[name]) if name in dimensions and isinstance(given, dict) else given
        for name, given in space.items()
    }


def _filled(section: dict[str, Any], suited: dict[str, Any]) -> dict[str, Any]:
    return {name: suited[name] if each is None and name in suited else each for name, each in section.items()}


def local_directory(name: str) -> Path:
    """The directory that an encoder's name may mean; as it is written where `~` names a user who does not exist."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def _config(name: str) -> dict[str, Any] | None:
    """The config.json of a local directory; None for any other name, and where it cannot be read."""
    try:
        config = json.loads((local_directory(name) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) else None
