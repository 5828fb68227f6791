import pytest
import torch

from redsm5_hpo.modeling.encoders import (
    REGISTRY,
    encode_windows,
    encoder_directory,
    hidden_size,
    load_encoder,
    load_tokenizer,
    uses_token_types,
    window_limit,
)
from redsm5_hpo.params import RANGES


@pytest.fixture(scope="module")
def minilm():
    directory = encoder_directory("minilm_l6")
    return load_encoder(directory), load_tokenizer(directory)


def test_entries_are_found_under_their_names():
    assert all(entry.name == name for name, entry in REGISTRY.items())


def test_every_entry_has_its_ranges():
    assert RANGES.keys() == REGISTRY.keys()


def test_hub_repositories_are_distinct():
    assert len({entry.hub_id for entry in REGISTRY.values()}) == len(REGISTRY)


def test_the_packaged_encoder_loads_completely(minilm):
    assert sum(weights.numel() for weights in minilm[0].parameters()) == 22_565_376  # 22.7 M with the unused pooler


def test_the_packaged_encoder_is_as_registered(minilm):
    entry = REGISTRY["minilm_l6"]
    assert (window_limit(*minilm), uses_token_types(minilm[0])) == (entry.max_length, entry.token_types)
    assert hidden_size(minilm[0]) == 384


def test_the_packaged_encoder_ranks_a_paraphrase_first(minilm):
    encoder, tokenizer = minilm
    texts = ["I cannot fall asleep at night.", "At night I lie awake for hours.", "The train leaves at noon."]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = encoder(**batch).last_hidden_state
    weights = batch["attention_mask"].unsqueeze(-1)
    pooled = torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=1)
    assert pooled[0] @ pooled[1] > 0.5 > pooled[0] @ pooled[2]


def test_the_packaged_tokenizer_cuts_long_texts_into_windows(minilm):
    text = "I have not slept for days. " * 400
    offsets = encode_windows(minilm[1], ["sleep issues"], [text], 192, 48, [[(0, len(text))]]).offsets
    assert offsets.max() == len(text.rstrip())
