"""Predictions for any number of posts."""

import pytest

from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference import posts
from redsm5_hpo.inference.checkpoint import load_checkpoint
from redsm5_hpo.inference.streamed import SHARDS_PER_WORKER, PostsRequest, streamed_predictions
from redsm5_hpo.training.workers import machine_of_workers
from tests.training.builders import CRITERIA

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("server")]


def test_posts_are_read_while_predictions_are_made(share, monkeypatch):
    """However many posts there are, no more are in memory than those of the shards under way."""
    monkeypatch.setattr(posts, "SHARD_EXAMPLES", 4)
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield Post(f"p{taken}", "i feel sad.")

    request = PostsRequest(share, load_checkpoint(share), CRITERIA, machine_of_workers(()))
    shards = streamed_predictions(request, endless(), workers=1)
    for number in range(1, 4):
        next(shards)
        assert taken <= 2 * (number + SHARDS_PER_WORKER)
    shards.close()
