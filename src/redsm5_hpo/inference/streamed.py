"""Predictions for any number of posts in flat memory, in their order, computed by all workers.

Owns how many shards are under way. Any number of workers predicts the same, and so does a run that begins in the
middle: it skips whole shards, and of the first one the rows that there are. A driver imports this, hence no torch.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.corpus.records import Post
from redsm5_hpo.execution.pool import abandoned_on_error, explained_worker_deaths
from redsm5_hpo.inference.checkpoint import Checkpoint
from redsm5_hpo.inference.posts import PostPrediction, PostShard, post_shards, shard_predictions
from redsm5_hpo.inference.sharded import PredictionRequest, predict_shard
from redsm5_hpo.training.machine import Machine
from redsm5_hpo.training.scoring import PredictionResult
from redsm5_hpo.training.workers import training_workers

SHARDS_PER_WORKER = 2  # under way: while one is computed, the next one waits


@dataclass(frozen=True)
class PostsRequest:
    """What to predict for posts.

    Attributes:
        checkpoint: from load_checkpoint, which has checked that the folder is whole.
        criteria: definitions by label.
        machine: what predicts.
    """

    folder: Path
    checkpoint: Checkpoint
    criteria: Mapping[str, str]
    machine: Machine


def streamed_predictions(
    request: PostsRequest, posts: Iterable[Post], workers: int, kept: int = 0
) -> Generator[list[PostPrediction], None, None]:
    """The rows of one shard after another, without those of the first `kept` posts.

    Raises:
        HpoError: a worker died, or cannot load the checkpoint.
    """
    architecture, running = request.checkpoint.architecture, deque[tuple[PostShard, int, Future[PredictionResult]]]()
    pool = training_workers(workers, request.machine, [request.folder])
    remedy = "the same command with HPO_WORKERS=1 continues"
    with explained_worker_deaths(workers, remedy), abandoned_on_error(pool):
        for shard, skipped in _remaining(post_shards(architecture, posts, request.criteria), kept):
            found = pool.submit(predict_shard, PredictionRequest(request.folder, request.checkpoint, shard.examples))
            running.append((shard, skipped, found))
            if len(running) >= SHARDS_PER_WORKER * workers:
                yield _rows(request, *running.popleft())
        while running:
            yield _rows(request, *running.popleft())


def _remaining(shards: Iterable[PostShard], kept: int) -> Iterator[tuple[PostShard, int]]:
    """The shards with a post that is not kept, and how many of its posts are."""
    for shard in shards:
        if kept < len(shard.posts):
            yield shard, kept
        kept = max(0, kept - len(shard.posts))


def _rows(
    request: PostsRequest, shard: PostShard, skipped: int, found: Future[PredictionResult]
) -> list[PostPrediction]:
    rows = shard_predictions(request.checkpoint.architecture, shard, request.criteria, found.result().predictions)
    return rows[skipped * len(request.criteria) :]
