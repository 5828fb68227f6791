"""The order of batches, the step and the snapshot."""

import numpy as np
import pytest
import torch

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.training.data.collate import BatchMaker
from redsm5_hpo.training.data.dataset import load_portion
from redsm5_hpo.training.loop import TrainingLoop
from redsm5_hpo.training.losses import balanced_weights
from redsm5_hpo.training.model import fresh_model
from tests.training.builders import CPU, configured, weights


class Recording(BatchMaker):
    """Records the windows of every batch it makes."""

    def shuffled(self, *arguments):
        for step in super().shuffled(*arguments):
            self.seen.extend(batch.windows.tolist() for batch in step)
            yield step


@pytest.fixture
def started(tiny, splits):
    """Makes a loop and the list of batches that it trains on."""

    def start(seed, drawn_before=0, **values):
        configuration = configured(tiny["bert"], **values)
        windows = load_portion(Portion((splits / "train",)), "criteria", configuration.encoder_params, CPU).windows
        batches = Recording(windows, (0, 0), CPU.device)
        batches.seen = []
        model = fresh_model("criteria", configuration, freeze_word_embeddings=False, seed=1)
        torch.rand(drawn_before)
        return TrainingLoop(model, batches, configuration, CPU, epochs=2, seed=seed), batches.seen

    return start


def test_a_seed_decides_the_order_of_batches(started):
    orders = []
    for seed in (5, 5, 6):
        loop, seen = started(seed)
        loop.train_epoch()
        orders.append(seen)
    assert orders[0] == orders[1] != orders[2]


def test_every_epoch_has_its_own_order_of_all_windows(started):
    loop, seen = started(5)
    for _ in range(2):
        loop.train_epoch()
    first, second = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert first != second
    assert sorted(np.concatenate(first)) == sorted(np.concatenate(second))


def test_a_seed_decides_the_dropout(started):
    cases = ((5, 0), (5, 3), (6, 0))
    losses = [started(seed, drawn, batch_size=999, dropout=0.5)[0].train_epoch() for seed, drawn in cases]
    assert losses[0] == losses[1] != losses[2]


def test_without_dropout_the_first_loss_does_not_depend_on_the_seed(started):
    losses = [started(seed, batch_size=999, dropout=0.0)[0].train_epoch() for seed in (5, 6)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def gradient_norm(model):
    return torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()


def test_gradients_are_clipped(started):
    # AdamW's step does not depend on the size of the gradient, so this checks the gradient itself.
    loop, _ = started(5, max_grad_norm=1e-3)
    norms = []
    loop._optimizer.register_step_pre_hook(lambda *_: norms.append(gradient_norm(loop.model)))
    loop.train_epoch()
    assert norms
    assert all(float(norm) == pytest.approx(1e-3, rel=1e-2) for norm in norms)


def test_a_snapshot_stays_while_training_goes_on_and_can_be_restored(started):
    loop, _ = started(5)
    before, snapshot = weights(loop.model), loop.snapshot()
    loop.train_epoch()
    assert weights(loop.model) != before
    loop.restore(snapshot)
    assert weights(loop.model) == before


def first_gradients(loop):
    """The gradients of an epoch's first step, and how many steps it has."""
    steps = []
    trained = [parameter for parameter in loop.model.parameters() if parameter.requires_grad]
    loop._optimizer.register_step_pre_hook(lambda *_: steps.append([parameter.grad.clone() for parameter in trained]))
    loop.train_epoch()
    return steps[0], len(steps)


@pytest.mark.parametrize(("size", "accumulation"), [(4, 2), (2, 4), (3, 3)], ids=["two", "four", "three"])
def test_accumulated_batches_are_one_step(started, size, accumulation):
    together, _ = started(5, batch_size=size * accumulation, dropout=0.0, max_grad_norm=1e6)
    accumulated, _ = started(
        5, batch_size=size, gradient_accumulation_steps=accumulation, dropout=0.0, max_grad_norm=1e6
    )
    (expected, steps), (found, found_steps) = first_gradients(together), first_gradients(accumulated)
    assert steps == found_steps
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


def test_the_lr_scheduler_ends_with_the_last_step_of_accumulated_batches(started):
    loop, _ = started(5, batch_size=4, gradient_accumulation_steps=2, lr_scheduler="linear", warmup_ratio=0.0)
    peak = loop._optimizer.param_groups[0]["lr"]
    rates = []
    loop._optimizer.register_step_pre_hook(lambda *_: rates.append(loop._optimizer.param_groups[0]["lr"]))
    for _ in range(2):
        loop.train_epoch()
    assert rates == pytest.approx([peak * left / len(rates) for left in range(len(rates), 0, -1)])


def test_balanced_class_weights_are_those_of_all_training_windows(started):
    loop, _ = started(5, class_weight="balanced")
    assert loop._loss.class_weights == balanced_weights(loop._batches.status)
