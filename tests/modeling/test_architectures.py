"""The four architectures with tiny encoders of two families."""

import copy

import pytest
import torch
from torch import nn

from redsm5_hpo.core.tasks import TASKS
from redsm5_hpo.modeling.architectures import ARCHITECTURES
from redsm5_hpo.modeling.encoders import load_encoder
from redsm5_hpo.modeling.ensemble import status_log_odds
from redsm5_hpo.modeling.fusion import FUSIONS
from redsm5_hpo.modeling.inputs import LowerStates, Outputs, TokenBatch
from redsm5_hpo.modeling.pooling import POOLINGS
from redsm5_hpo.modeling.spans import SPAN_HEADS
from tests.modeling.builders import batch, build, shape

NAMES = tuple(ARCHITECTURES)
TOKENS = batch(9, 6)
OTHER = batch(9, 6, seed=50)
PREDICTED = {"criteria": (True, False), "evidence": (False, True), "share": (True, True), "joint": (True, True)}
WITH_SPANS = pytest.mark.parametrize("name", ["evidence", "share", "joint"])


@pytest.fixture(scope="module", params=["bert", "deberta_v2"])
def models(request, tiny):
    return {name: build(name, tiny[request.param]) for name in NAMES}


@torch.inference_mode()
def outputs(model, tokens=TOKENS, criteria_tokens=None):
    return model(tokens, criteria_tokens or tokens)


def tensors(found: Outputs):
    """The status, and the probabilities of none and of the runs; None for what is not predicted."""
    return (found.status, None, None) if found.spans is None else (found.status, found.spans.none, found.spans.runs)


def equal(first: Outputs, second: Outputs):
    pairs = zip(tensors(first), tensors(second), strict=True)
    return [a is None or torch.allclose(a, b, atol=1e-5) for a, b in pairs]


@pytest.mark.parametrize("name", NAMES)
def test_an_architecture_predicts_what_its_task_lists_and_nothing_else(models, name):
    assert tuple(output is not None for output in outputs(models[name])) == PREDICTED[name]
    assert (TASKS[name].status, TASKS[name].spans) == PREDICTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_outputs_have_the_documented_shapes(models, name):
    shapes = [None if output is None else tuple(output.shape) for output in tensors(outputs(models[name]))]
    status, spans = PREDICTED[name]
    assert shapes == [(2, 2) if status else None, (2,) if spans else None, (2, 3, 2) if spans else None]


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_sum_to_one(models, name):
    found = outputs(models[name])
    if found.status is not None:
        assert torch.allclose(found.status.exp().sum(1), torch.ones(2))
    if found.spans is not None:
        assert torch.allclose(found.spans.none.exp() + found.spans.runs.exp().sum((1, 2)), torch.ones(2))


@WITH_SPANS
def test_a_window_without_text_predicts_no_evidence(models, name):
    found = outputs(models[name], batch(4, 4)).spans
    assert found.none.exp().tolist() == [1.0, 1.0]
    assert found.log_odds().isneginf().all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_does_not_change_outputs(tiny, name, pooling):
    model = build(name, tiny["bert"], pooling=pooling)
    assert all(equal(outputs(model, batch(9, 6, padding=4)), outputs(model)))


@pytest.mark.parametrize("name", ["criteria", "evidence", "share"])
def test_one_encoder_reads_only_the_evidence_side(models, name):
    assert all(equal(outputs(models[name], TOKENS, OTHER), outputs(models[name], TOKENS, TOKENS)))


@pytest.mark.parametrize("sides", [(OTHER, TOKENS), (TOKENS, OTHER)], ids=["evidence side", "criteria side"])
def test_joints_status_and_spans_depend_on_both_sides(models, sides):
    joint = copy.deepcopy(models["joint"])
    nn.init.ones_(joint.fusion.weight)  # it begins at 0
    assert equal(outputs(joint, *sides), outputs(joint)) == [False, False, False]


@pytest.mark.parametrize("name", ["share", "joint"])
def test_the_status_is_its_heads_log_odds_and_the_weighted_ones_of_the_evidence(tiny, name):
    model = build(name, tiny["bert"])
    with torch.no_grad():
        model.evidence.weight.fill_(0.0)
        alone = status_log_odds(outputs(model).status)
        model.evidence.weight.fill_(2.0)
    found = outputs(model)
    assert torch.allclose(status_log_odds(found.status), alone + 2 * found.spans.log_odds(), atol=1e-5)


def test_joints_encoders_may_differ_in_family_width_and_tokens(tiny):
    model = build("joint", tiny["bert"], tiny["narrow"])
    shapes = [tuple(output.shape) for output in tensors(outputs(model, TOKENS, batch(14, 5)))]
    assert shapes == [(2, 2), (2,), (2, 3, 2)]
    project = model.fusion.project
    assert (project.in_features, project.out_features) == (16, 32)


@pytest.mark.parametrize("name", NAMES)
def test_an_architecture_has_as_many_encoders_as_its_task_lists(models, name):
    assert len(models[name].encoders) == TASKS[name].encoders


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("span_head", SPAN_HEADS)
@pytest.mark.parametrize("pooling", ["attention", "sentences"])
def test_every_weight_has_a_gradient(tiny, name, span_head, pooling):
    model = build(name, tiny["bert"], pooling=pooling, span_head=span_head, head_layers=2)
    loss(model, TOKENS).backward()
    assert [key for key, parameter in model.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("span_head", SPAN_HEADS)
def test_a_window_without_text_leaves_gradients_finite(tiny, name, span_head):
    model = build(name, tiny["bert"], pooling="sentences", span_head=span_head)
    loss(model, batch(9, 4)).backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters() if parameter.grad is not None)


def loss(model, tokens):
    found = model(tokens, tokens)
    losses = [] if found.status is None else [found.status[:, 0].sum()]
    if found.spans is not None:
        losses.append(found.spans.losses(torch.tensor([[[3, 4]], [[0, 0]]])).sum())
    return sum(losses)


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
        assert {output.dtype for output in tensors(outputs(model))} == {torch.float32}


def test_a_batch_moves_with_all_its_tensors():
    below = LowerStates(torch.zeros(*TOKENS.input_ids.shape, 8), 1)
    moved = TOKENS.resumed_from(below).to(torch.device("meta"))
    values = [getattr(moved, name) for name in TokenBatch.__dataclass_fields__]
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    assert {tensor.device.type for tensor in (*tensors, moved.below.values)} == {"meta"}
