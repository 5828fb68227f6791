"""params.yaml as frozen, validated settings: every setting's type, range and consistency, and nothing of its effect."""

from redsm5_hpo.params.base import Architecture, Scalar
from redsm5_hpo.params.configuration import Configuration
from redsm5_hpo.params.loading import known_architecture, load_params, parse_params
from redsm5_hpo.params.mappings import read_yaml_mapping
from redsm5_hpo.params.sections import (
    Budget,
    DataParams,
    EncoderParams,
    EvaluateParams,
    HpoParams,
    Params,
    PruningParams,
    RefinedBudget,
    RefitParams,
    SelectParams,
    SplitParams,
    TrainingParams,
)
from redsm5_hpo.params.space import Choices, Range, Space

__all__ = [
    "Architecture",
    "Budget",
    "Choices",
    "Configuration",
    "DataParams",
    "EncoderParams",
    "EvaluateParams",
    "HpoParams",
    "Params",
    "PruningParams",
    "Range",
    "RefinedBudget",
    "RefitParams",
    "Scalar",
    "SelectParams",
    "Space",
    "SplitParams",
    "TrainingParams",
    "known_architecture",
    "load_params",
    "parse_params",
    "read_yaml_mapping",
]
