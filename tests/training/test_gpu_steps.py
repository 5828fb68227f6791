"""Steps on a GPU: what is meant for it computes the same bits as the plain way on the same GPU."""

import pytest
import torch

from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.device import choose_compute
from tests.tiny_encoders import FAMILIES
from tests.training.builders import ARCHITECTURES, configured, learnable_corpus, spec
from tests.training.on_gpu import EPOCHS, NEEDS_A_GPU, epochs, without_copies, without_graphs

pytestmark = NEEDS_A_GPU


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_copies_of_weights_change_no_bit(tiny, splits, architecture):
    settings = spec(splits, architecture, EPOCHS, precision="bf16")
    found, plain = (epochs(settings, configured(tiny["bert"]), way) for way in (None, without_copies))
    assert found[:2] == plain[:2]


REPLAYED = {
    "dropout": {"dropout": 0.3},
    "accumulated": {"gradient_accumulation_steps": 3},
    "tokens": {"span_head": "tokens", "pooling": "mean"},
    "cls": {"pooling": "cls"},
    "max": {"pooling": "max"},
    "attention pooling": {"pooling": "attention"},
    "balanced focal": {"loss": "focal", "class_weight": "balanced"},
    "smoothing": {"loss": "label_smoothing"},
    "lion": {"optimizer": "lion", "learning_rate": 1e-4},
    "adafactor": {"optimizer": "adafactor"},
    "adapters": {"adapter": "lora"},
    "frozen": {"frozen_layers": 1},
    "attention to the window": {"attention": "window"},
    "rates by layer": {"layer_decay": 0.8, "lr_scheduler": "one_cycle"},
}


OF_JOINT = {"concat": {"fusion": "concat"}, "film": {"fusion": "film"}, "tied": {"tie_encoders": True}}


@pytest.mark.parametrize("values", OF_JOINT.values(), ids=OF_JOINT)
def test_replayed_steps_of_both_encoders_change_no_bit(tiny, splits, values):
    settings, configuration = spec(splits, "joint", EPOCHS, precision="bf16"), configured(tiny["bert"], **values)
    (losses, found, graphs), plain = (epochs(settings, configuration, way) for way in (None, without_graphs))
    assert (losses, found) == plain[:2]
    assert len(graphs)


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("values", REPLAYED.values(), ids=REPLAYED)
def test_replayed_steps_change_no_bit(tiny, splits, architecture, values, precision):
    settings, configuration = (
        spec(splits, architecture, EPOCHS, precision=precision),
        configured(tiny["bert"], **values),
    )
    (losses, found, graphs), plain = (epochs(settings, configuration, way) for way in (None, without_graphs))
    assert (losses, found) == plain[:2]
    assert len(graphs)


@pytest.mark.parametrize("attention", ["sentences", "window"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_is_replayed(tiny, splits, family, attention):
    settings = spec(splits, "share", EPOCHS, precision="bf16")
    configuration = configured(tiny[family], attention=attention)
    losses, found, graphs = epochs(settings, configuration)
    assert (losses, found) == epochs(settings, configuration, without_graphs)[:2]
    assert len(graphs)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_windows_without_padding_are_replayed(tiny, splits, family):
    """transformers leaves the mask of such windows out where it may ask the device, and not while it is recorded."""
    settings = spec(splits, "share", EPOCHS, precision="bf16")
    configuration = configured(tiny[family], attention="window", batch_size=2, max_length=24)
    masks = []

    def plain(loop):
        update, loop._graphs = loop._update, None
        loop._update = lambda batches: (
            masks.extend(batch.tokens.attention_mask for batch in batches),
            update(batches),
        )[1]

    losses, found, graphs = epochs(settings, configuration)
    assert (losses, found) == epochs(settings, configuration, plain)[:2]
    assert len(graphs)
    assert any(bool(mask.all()) for mask in masks)


def test_a_step_of_many_tokens_is_replayed_with_embeddings_that_learn(tiny, splits):
    """From 3,072 tokens on, the gradients of embeddings are computed by another kernel."""
    for name in ("train", "val"):
        learnable_corpus(128).save(splits / "many" / name)
    settings = spec(splits / "many", "share", EPOCHS, precision="bf16", freeze_word_embeddings=False)
    configuration = configured(tiny["bert"], batch_size=256)
    tokens = []

    def counting(loop):
        update = loop._update
        loop._graphs = None
        loop._update = lambda batches: (
            tokens.extend(batch.tokens.input_ids.numel() for batch in batches),
            update(batches),
        )[1]

    losses, found, graphs = epochs(settings, configuration)
    assert (losses, found) == epochs(settings, configuration, counting)[:2]
    assert len(graphs)
    assert min(tokens) > 3072


def test_a_step_that_cannot_be_recorded_runs_as_it_is(tiny, splits):
    settings, configuration = spec(splits, "share", EPOCHS, precision="bf16"), configured(tiny["bert"], dropout=0.3)

    def asking(loop):
        update = loop._update
        loop._update = lambda batches: [loss + 0 * loss.item() for loss in update(batches)]

    found = epochs(settings, configuration, asking)
    assert not len(found[2])
    expected = epochs(settings, configuration)
    assert found[:2] == expected[:2]
    assert len(expected[2])  # the failure before leaves nothing behind


def test_dropout_is_the_same_after_a_recording_that_ran_out_of_memory(tiny, splits):
    settings = spec(splits, "share", EPOCHS, precision="bf16")
    configuration = configured(tiny["bert"], dropout=0.3, batch_size=3)

    def short_of_memory(loop):
        update, recordings = loop._update, []

        def work(batches):
            losses = update(batches)
            if torch.cuda.is_current_stream_capturing():
                recordings.append(len(batches))
                if len(recordings) == 2:
                    raise torch.OutOfMemoryError("CUDA out of memory")
            return losses

        loop._update = work

    (losses, found, graphs), plain = (epochs(settings, configuration, way) for way in (short_of_memory, without_graphs))
    assert (losses, found) == plain[:2]
    assert len(graphs) > 1


def test_an_eager_step_makes_the_host_wait_for_nothing(tiny, splits):
    loop = fit_module._start(spec(splits, "share", 2), configured(tiny["bert"]), 1, choose_compute("bf16"), 1)
    loop.train_epoch()
    torch.cuda.set_sync_debug_mode("error")
    try:
        with pytest.raises(RuntimeError, match="synchroniz"):  # the epoch's losses, at its end, and nothing before
            loop.train_epoch()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert loop._epoch == 2
