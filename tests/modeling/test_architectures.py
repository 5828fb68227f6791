"""The four architectures with tiny encoders of two families."""

import pytest
import torch
from torch import nn

from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.modeling.architectures import ARCHITECTURES
from redsm5_hpo.modeling.encoders import load_encoder
from redsm5_hpo.modeling.fusion import FUSIONS
from redsm5_hpo.modeling.inputs import LowerStates, Outputs, TokenBatch
from tests.modeling.builders import batch, build, shape

NAMES = tuple(ARCHITECTURES)
TOKENS = batch(9, 6)
OTHER = batch(9, 6, seed=50)
PREDICTED = {
    "criteria": (True, False, False),
    "evidence": (False, True, True),
    "share": (True, True, True),
    "joint": (True, True, True),
}


@pytest.fixture(scope="module", params=["bert", "deberta_v2"])
def models(request, tiny):
    return {name: build(name, tiny[request.param]) for name in NAMES}


@torch.inference_mode()
def outputs(model, tokens=TOKENS, criteria_tokens=None):
    return model(tokens, criteria_tokens or tokens)


def equal(first: Outputs, second: Outputs):
    return [a is None or torch.allclose(a, b, atol=1e-5) for a, b in zip(first, second, strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_an_architecture_predicts_what_its_task_lists_and_nothing_else(models, name):
    assert tuple(output is not None for output in outputs(models[name])) == PREDICTED[name]
    assert (TASKS[name].status, TASKS[name].spans) == PREDICTED[name][:2]


@pytest.mark.parametrize("name", NAMES)
def test_outputs_have_the_documented_shapes(models, name):
    shapes = [None if output is None else tuple(output.shape) for output in outputs(models[name])]
    expected = [(2, 2), (2, 9), (2, 9)]
    assert shapes == [shape if predicted else None for shape, predicted in zip(expected, PREDICTED[name], strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_sum_to_one_over_allowed_positions(models, name):
    for output in outputs(models[name]):
        if output is not None:
            assert torch.allclose(output.exp().sum(1), torch.ones(2))


@pytest.mark.parametrize("name", ["evidence", "share", "joint"])
def test_only_text_and_position_0_have_span_probabilities(models, name):
    allowed = TOKENS.text_mask.clone()
    allowed[:, 0] = True
    for output in outputs(models[name])[1:]:
        assert torch.equal(output.isfinite(), allowed)


@pytest.mark.parametrize("name", ["evidence", "share", "joint"])
def test_a_window_without_text_predicts_no_evidence(models, name):
    no_text = batch(4, 4)
    no_text.text_mask[:] = False
    for output in outputs(models[name], no_text)[1:]:
        assert output[:, 0].exp().tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pooling", ["cls", "mean", "max", "attention"])
def test_padding_does_not_change_outputs(tiny, name, pooling):
    model = build(name, tiny["bert"], pooling=pooling)
    padded = outputs(model, batch(9, 6, padding=4))
    assert all(
        output is None or torch.allclose(output[:, : plain.shape[1]], plain, atol=1e-5)
        for output, plain in zip(padded, outputs(model), strict=True)
    )


@pytest.mark.parametrize("name", ["evidence", "share", "joint"])
def test_padding_has_no_span_probability(models, name):
    for output in outputs(models[name], batch(9, 6, padding=4))[1:]:
        assert output[:, 9:].isneginf().all()


@pytest.mark.parametrize("name", ["criteria", "evidence", "share"])
def test_one_encoder_reads_only_the_evidence_side(models, name):
    assert all(equal(outputs(models[name], TOKENS, OTHER), outputs(models[name], TOKENS, TOKENS)))


def test_joints_status_depends_only_on_the_criteria_side(models):
    plain = outputs(models["joint"], TOKENS, TOKENS)
    assert equal(outputs(models["joint"], OTHER, TOKENS), plain) == [True, False, False]


def test_joints_spans_depend_on_the_criteria_side_too(models):
    plain = outputs(models["joint"], TOKENS, TOKENS)
    assert equal(outputs(models["joint"], TOKENS, OTHER), plain) == [False, False, False]


def test_joints_encoders_may_differ_in_family_width_and_tokens(tiny):
    model = build("joint", tiny["bert"], tiny["narrow"])
    shapes = [tuple(output.shape) for output in outputs(model, TOKENS, batch(14, 5))]
    assert shapes == [(2, 2), (2, 9), (2, 9)]
    assert (model.fusion.project.in_features, model.fusion.project.out_features) == (16, 32)


@pytest.mark.parametrize("name", NAMES)
def test_an_architecture_has_as_many_encoders_as_its_task_lists(models, name):
    assert len(models[name].encoders) == TASKS[name].encoders


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_has_a_gradient(tiny, name):
    model = build(name, tiny["bert"], pooling="attention", head_layers=2)
    sum(output[:, 0].sum() for output in model(TOKENS, TOKENS) if output is not None).backward()
    unused = [key for key, parameter in model.named_parameters() if parameter.grad is None]
    assert unused == []


@pytest.mark.parametrize("name", NAMES)
def test_heads_follow_the_configuration(tiny, name):
    model = build(name, tiny["bert"], head_layers=3, head_activation="relu", dropout_of_heads=0.3)
    for branch in (getattr(model, part) for part in ("status", "span") if hasattr(model, part)):
        assert sum(isinstance(module, nn.Linear) for module in branch.head) == 3
        assert sum(isinstance(module, nn.ReLU) for module in branch.head) == 2
        assert {module.p for module in branch.head if isinstance(module, nn.Dropout)} == {0.3}


def tied(directory):
    torch.manual_seed(0)
    return ARCHITECTURES["joint"](nn.ModuleList([load_encoder(directory)]), shape()).eval()


def test_tied_encoders_are_one_that_runs_once_per_window(tiny):
    model, untied = tied(tiny["bert"]), build("joint", tiny["bert"])
    heads = {name: value for name, value in model.state_dict().items() if not name.startswith("encoders.")}
    untied.load_state_dict(heads, strict=False)
    runs = []
    model.encoders[0].register_forward_hook(lambda *_: runs.append(1))
    assert all(equal(outputs(model, TOKENS, TOKENS), outputs(untied, TOKENS, TOKENS)))
    assert len(runs) == 1


def test_tied_encoders_have_half_the_encoder_parameters(tiny):
    models = (tied(tiny["bert"]), build("joint", tiny["bert"]))
    one, two = (sum(map(torch.numel, model.encoders.parameters())) for model in models)
    assert 2 * one == two


@pytest.mark.parametrize("fusion", FUSIONS)
def test_joint_has_the_configured_fusion(tiny, fusion):
    assert type(build("joint", tiny["bert"], fusion=fusion).fusion) is FUSIONS[fusion]


def test_outputs_are_full_precision_under_autocast(tiny):
    model = build("joint", tiny["bert"])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert {output.dtype for output in outputs(model)} == {torch.float32}


def test_a_batch_moves_with_all_its_tensors():
    below = LowerStates(torch.zeros(*TOKENS.input_ids.shape, 8), 1)
    moved = TOKENS.resumed_from(below).to(torch.device("meta"))
    tensors = [getattr(moved, name) for name in TokenBatch.__dataclass_fields__ if name != "below"]
    assert {tensor.device.type for tensor in (*tensors, moved.below.values)} == {"meta"}
