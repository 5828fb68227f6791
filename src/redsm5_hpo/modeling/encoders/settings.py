"""What of an encoder's configuration its states depend on, beside its weights.

Owns what is left out: dropouts, which a fit sets, and what only describes the files.
"""

import json
from pathlib import Path
from typing import cast

from torch import nn
from transformers import PreTrainedModel

from redsm5_hpo.modeling.encoders.families import family_of

_DESCRIPTIVE = ("_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version")


def deciding_settings(encoder: nn.Module) -> str:
    """The number of attention heads, the activation, the kind of positions and so on, as JSON."""
    config = cast(PreTrainedModel, encoder).config
    states, weights = family_of(config.model_type, Path(config.name_or_path)).dropouts
    left_out = {*_DESCRIPTIVE, *states, *weights}
    values = {name: value for name, value in config.to_dict().items() if name not in left_out}
    return json.dumps(values, sort_keys=True, default=str)
