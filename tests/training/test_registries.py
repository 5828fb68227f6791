"""Every choice of a categorical value has an entry in its registry, and every entry is a choice."""

from typing import get_args

import pytest

from redsm5_hpo.modeling.fusion import FUSIONS
from redsm5_hpo.modeling.heads import ACTIVATIONS
from redsm5_hpo.modeling.pooling import POOLINGS
from redsm5_hpo.modeling.spans import SPAN_HEADS
from redsm5_hpo.params import Configuration
from redsm5_hpo.training.losses import LOSSES
from redsm5_hpo.training.lr_schedulers import LR_SCHEDULERS
from redsm5_hpo.training.optimizers import OPTIMIZERS

REGISTRIES = {
    "optimizer": OPTIMIZERS,
    "lr_scheduler": LR_SCHEDULERS,
    "loss": LOSSES,
    "pooling": POOLINGS,
    "span_head": SPAN_HEADS,
    "fusion": FUSIONS,
    "head_activation": ACTIVATIONS,
}


@pytest.mark.parametrize(("name", "registry"), REGISTRIES.items(), ids=REGISTRIES)
def test_the_keys_of_a_registry_are_the_choices_of_its_value(name, registry):
    assert set(registry) == set(get_args(Configuration.model_fields[name].annotation))
