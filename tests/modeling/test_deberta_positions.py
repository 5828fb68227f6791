"""DeBERTa's relative positions are those of transformers, without a number from the host."""

import pytest
import torch
from transformers.models.deberta_v2.modeling_deberta_v2 import build_relative_position

from redsm5_hpo.modeling.deberta_positions import relative_positions

CPU = torch.device("cpu")
CASES = {"as published": (256, 512), "few buckets": (8, 32), "odd": (33, 100), "without buckets": (-1, 512)}


@pytest.mark.parametrize("tokens", [1, 2, 16, 129, 512, 600])
@pytest.mark.parametrize(("buckets", "longest"), CASES.values(), ids=CASES)
def test_the_positions_are_those_of_transformers(buckets, longest, tokens):
    states = torch.empty(1, tokens, 8)
    expected = build_relative_position(states, states, bucket_size=buckets, max_position=longest)
    found = relative_positions(tokens, buckets, longest, CPU)
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()
