"""Every encoder reads the sentences of a window apart from each other."""

from dataclasses import replace

import pytest
import torch

from redsm5_hpo.modeling.cpu import CPU_ATTENTION
from redsm5_hpo.modeling.encoders import first_position, load_encoder
from redsm5_hpo.modeling.encoding import encode, encode_below, encode_first
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch
from tests.modeling.builders import batch, save_changed_encoder
from tests.tiny_encoders import FAMILIES, WINDOW_LIMIT

CONV = "deberta_v2 with a convolution"
ONE_ATTENTION = ("deberta_v2", CONV)
CASES = [
    (family, attention)
    for family in (*FAMILIES, CONV)
    for attention in ("eager", "sdpa", CPU_ATTENTION)
    if attention == "eager" or (family not in ONE_ATTENTION and (family, attention) != ("modernbert", CPU_ATTENTION))
]


@pytest.fixture(scope="module")
def directories(tiny, tmp_path_factory):
    conv = save_changed_encoder("deberta_v2", tmp_path_factory.mktemp("conv"), conv_kernel_size=3, conv_act="gelu")
    return {**tiny, CONV: conv}


@pytest.fixture(params=CASES, ids="-".join)
def encoder(request, directories):
    family, attention = request.param
    return load_encoder(directories[family], attention).eval()


@pytest.fixture(params=["fp32", "bf16"])
def precision(request):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=request.param == "bf16"), torch.no_grad():
        yield request.param


# The first token, a criterion and a special token, sentences of three, three and one tokens, and the last token.
TOKENS = batch(11, 9, text_from=3, sentence=3, isolated=True)
LAST = 10
CHANGED = {
    "the first token": (0, {0}),
    "a token of the criterion": (1, {0, 1, 2}),
    "the first token of a sentence": (3, {0, 3, 4, 5}),
    "the last token of a sentence": (5, {0, 3, 4, 5}),
    "the whole of a sentence": (9, {0, 9}),
    "the last token": (LAST, set(range(11))),
}


def changed(encoder, tokens, column):
    """The columns of the first window whose states change in any bit when another token is there."""
    ids = tokens.input_ids.clone()
    ids[0, column] = 91
    before, after = encode(encoder, tokens), encode(encoder, replace(tokens, input_ids=ids))
    assert torch.equal(before[1, :9], after[1, :9])  # the other window
    return set((before != after).any(2)[0].nonzero().flatten().tolist())


@pytest.mark.usefixtures("precision")
@pytest.mark.parametrize(("column", "expected"), CHANGED.values(), ids=CHANGED)
def test_a_token_is_read_by_its_sentence_and_the_first_token_alone(encoder, column, expected):
    assert changed(encoder, TOKENS, column) == expected


@pytest.mark.parametrize("column", [column for column, _ in CHANGED.values()], ids=CHANGED)
def test_a_token_of_a_whole_window_is_read_by_all(encoder, column):
    assert changed(encoder, replace(TOKENS, isolated=False), column) == set(range(LAST + 1))


def window(*sentences):
    """A window of a criterion and sentences of these token ids."""
    ids = torch.tensor([[2, 40, 41, 3, *(token for sentence in sentences for token in sentence), 3]])
    members = torch.zeros(1, len(sentences), ids.shape[1], dtype=torch.bool)
    start = 4
    for number, sentence in enumerate(sentences):
        members[0, number, start : start + len(sentence)] = True
        start += len(sentence)
    types = (torch.arange(ids.shape[1]) > 3).long().unsqueeze(0)
    return TokenBatch(ids, torch.ones_like(ids), types, members, padded=False, isolated=True)


EARLIER = {"longer": (10, 11, 12, 13, 14), "shorter": (10,), "gone": ()}


@pytest.mark.parametrize("earlier", EARLIER.values(), ids=EARLIER)
def test_the_length_of_an_earlier_sentence_changes_no_later_one(encoder, earlier):
    before, middle, after = (10, 11, 12), (20, 21, 22), (30, 31, 32)
    if encoder.config.model_type != "deberta-v2":  # the last token keeps its position, or its distance
        after = tuple(range(30, 36 - len(earlier)))
    whole, other = (window(first, middle, last) for first, last in ((before, (30, 31, 32)), (earlier, after)))
    states, others = ((encode(encoder, tokens), tokens.sentences[0, 1]) for tokens in (whole, other))
    torch.testing.assert_close(states[0][0, states[1]], others[0][0, others[1]], atol=1e-5, rtol=1e-5)


@pytest.mark.usefixtures("precision")
def test_no_state_is_nan(encoder):
    assert encode(encoder, batch(9, 5, 4, 2, padding=3, isolated=True)).isfinite().all()


def test_padding_changes_no_state(encoder):
    padded = encode(encoder, batch(9, 5, 4, padding=3, isolated=True))
    for row, length in enumerate((9, 5, 4)):
        alone = encode(encoder, replace(batch(length, seed=row, isolated=True), padded=False))
        torch.testing.assert_close(padded[row, :length], alone[0], atol=1e-5, rtol=1e-5)


def test_gradients_are_finite_in_training(encoder):
    states = encode(encoder.train(), batch(9, 5, 2, padding=1, isolated=True))
    states.square().sum().backward()
    gradients = [weight.grad for weight in encoder.parameters() if weight.grad is not None]
    assert gradients
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_split_encoder_equals_the_whole(encoder, layers):
    below = encode_below(encoder, TOKENS, layers)
    assert torch.equal(encode(encoder, TOKENS.resumed_from(LowerStates(below, layers))), encode(encoder, TOKENS))


@pytest.mark.parametrize("below", [0, 1, 2])
def test_the_first_state_equals_that_of_the_whole(encoder, below):
    tokens = TOKENS
    if below:
        tokens = tokens.resumed_from(LowerStates(encode_below(encoder, tokens, below), below))
    torch.testing.assert_close(encode_first(encoder, tokens), encode(encoder, TOKENS)[:, :1], atol=1e-5, rtol=1e-5)


def test_the_longest_window_has_a_position_for_every_token(encoder):
    assert encode(encoder, batch(WINDOW_LIMIT, 9, sentence=90, isolated=True)).isfinite().all()


@pytest.mark.parametrize("family", FAMILIES)
def test_positions_are_numbered_as_transformers_numbers_them(tiny, family):
    encoder, tokens = load_encoder(tiny[family], "eager").eval(), batch(9, 9)
    numbered = first_position(encoder) + torch.arange(9).expand(2, -1)
    mask = tokens.attention_mask
    found, expected = (encoder(tokens.input_ids, mask, **more) for more in ({"position_ids": numbered}, {}))
    assert torch.equal(found.last_hidden_state, expected.last_hidden_state)


@pytest.mark.parametrize(("family", "first"), [("bert", 0), ("electra", 0), ("roberta", 2), ("xlm_roberta", 2)])
def test_the_embeddings_are_those_of_positions_in_the_sentence(tiny, family, first):
    encoder, given = load_encoder(tiny[family], "sdpa"), []
    encoder.embeddings.register_forward_pre_hook(lambda _, __, named: given.append(named), with_kwargs=True)
    encode(encoder, window((10, 11), (20, 21, 22)))
    assert (given[0]["position_ids"] - first).tolist() == [[0, 1, 2, 3, 1, 2, 1, 2, 3, 9]]


def test_local_layers_stay_local_in_a_long_sentence(tmp_path):
    settings = {"layer_types": ["sliding_attention"] * 2}
    encoder = load_encoder(save_changed_encoder("modernbert", tmp_path, **settings), "sdpa").eval()
    reach, tokens = encoder.config.sliding_window, batch(40, sentence=40, isolated=True)
    ids = tokens.input_ids.clone()
    ids[0, 20] = 91
    before, after = encode(encoder, tokens), encode(encoder, replace(tokens, input_ids=ids))
    found = (before != after).any(2)[0].nonzero().flatten().tolist()
    assert found == [0, *range(20 - 2 * reach, 20 + 2 * reach + 1)]


def test_a_convolution_within_a_sentence_is_the_published_one(directories):
    encoder = load_encoder(directories[CONV], "eager").eval()
    torch.nn.init.zeros_(encoder.encoder.layer[0].attention.self.value_proj.weight)  # only the convolution mixes tokens
    whole = batch(9, text_from=1, sentence=7)
    isolated, expected = (encode_below(encoder, replace(whole, isolated=apart), 1)[0] for apart in (True, False))
    torch.testing.assert_close(isolated[2:8], expected[2:8], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(isolated[1], expected[1], atol=1e-3)  # the first token is no neighbor of the sentence's
