"""params.yaml as frozen, validated settings: types, ranges and consistency. Does not know the effect of a setting."""

from redsm5_hpo.params.base import Order, Scalar
from redsm5_hpo.params.configuration import Configuration, EncoderParams
from redsm5_hpo.params.encoder_ranges import RANGES, suited_ranges
from redsm5_hpo.params.loading import known_architecture, load_params, parse_params
from redsm5_hpo.params.sections import Budget, DataParams, HpoParams, Params, SplitParams, TrainingParams
from redsm5_hpo.params.space import Choices, Range, Space
from redsm5_hpo.params.yaml_mapping import read_yaml_mapping

__all__ = [
    "RANGES",
    "Budget",
    "Choices",
    "Configuration",
    "DataParams",
    "EncoderParams",
    "HpoParams",
    "Order",
    "Params",
    "Range",
    "Scalar",
    "Space",
    "SplitParams",
    "TrainingParams",
    "known_architecture",
    "load_params",
    "parse_params",
    "read_yaml_mapping",
    "suited_ranges",
]
