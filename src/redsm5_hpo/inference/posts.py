"""What a model predicts for whole posts: one row for each post and criterion.

Owns which examples a post becomes where nothing is annotated, and how their predictions become those of the post.
Does not predict, and knows no files.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.normal_form import normal_form
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.training.scoring import Prediction

SHARD_EXAMPLES = 256
DECIMALS = 6
_WITHOUT_WORDS = re.compile(r"(?:&(?:amp;)*#?\w{1,32};|[\W_])*")  # entities and signs: few sentences, a fast check


@dataclass(frozen=True)
class PostPrediction:
    """What a model predicts for one criterion in one post.

    Attributes:
        criterion: its label.
        probability: that the criterion is present, with the temperature of annotated examples; without a status head,
            that there is any evidence.
        decision: 1 if the criterion is predicted as present, by the checkpoint's threshold, which need not be 0.5.
        start: the first character of the evidence in the post; None if none is predicted.
        end: the character behind its last one.
    """

    post_id: str
    criterion: str
    probability: float
    decision: int
    start: int | None
    end: int | None


@dataclass(frozen=True)
class PostShard:
    """Posts that are predicted together, and their examples, post by post."""

    posts: tuple[Post, ...]
    examples: tuple[Example, ...]


def post_examples(architecture: Architecture, post: Post, criteria: Mapping[str, str]) -> list[Example]:
    """Every criterion with every sentence of the post, or with the whole post where the unit is the pair.

    They hold no truth: status is 0, and there are no spans.
    """
    return [
        Example(post.post_id, "", label, definition, post.text[start:end], 0, ())
        for start, end in _parts(architecture, post.text)
        for label, definition in criteria.items()
    ]


def post_shards(architecture: Architecture, posts: Iterable[Post], criteria: Mapping[str, str]) -> Iterator[PostShard]:
    """The posts in order, in shards of the fewest posts with SHARD_EXAMPLES examples; the last may have fewer.

    Tokens of a shard are padded together, which changes last digits, so a shard depends on nothing but the posts.
    """
    found: list[Post] = []
    examples: list[Example] = []
    for post in posts:
        found.append(post)
        examples += post_examples(architecture, post, criteria)
        if len(examples) >= SHARD_EXAMPLES:
            yield PostShard(tuple(found), tuple(examples))
            found, examples = [], []
    if found:
        yield PostShard(tuple(found), tuple(examples))


def shard_predictions(
    architecture: Architecture, shard: PostShard, criteria: Mapping[str, str], predictions: Sequence[Prediction]
) -> list[PostPrediction]:
    """The rows of a shard's posts, in order; `predictions` are those for its examples."""
    rows, first = [], 0
    for post in shard.posts:
        parts = _parts(architecture, post.text)
        beyond = first + len(parts) * len(criteria)
        of_post, first = predictions[first:beyond], beyond
        rows += [
            _row(architecture, post, label, parts, of_post[number :: len(criteria)])
            for number, label in enumerate(criteria)
        ]
    return rows


def _row(
    architecture: Architecture,
    post: Post,
    label: str,
    parts: Sequence[tuple[int, int]],
    predictions: Sequence[Prediction],
) -> PostPrediction:
    """The prediction of the part with the highest odds, the first of equals."""
    part, best = max(zip(parts, predictions, strict=True), key=lambda each: _log_odds(each[1]))
    start, end = _evidence(architecture, part, best) or (None, None)
    return PostPrediction(post.post_id, label, _probability(_log_odds(best)), best.status, start, end)


def _evidence(architecture: Architecture, part: tuple[int, int], best: Prediction) -> tuple[int, int] | None:
    if not TASKS[architecture].spans:
        return part if best.status else None
    return (part[0] + best.evidence[0], part[0] + best.evidence[1]) if best.evidence else None


def _log_odds(prediction: Prediction) -> float:
    odds = prediction.span_log_odds if prediction.status_log_odds is None else prediction.status_log_odds
    return -math.inf if odds is None else odds


def _probability(log_odds: float) -> float:
    return round((1 + math.tanh(log_odds / 2)) / 2, DECIMALS)  # the logistic function, without an overflow


def _parts(architecture: Architecture, text: str) -> list[tuple[int, int]]:
    if TASKS[architecture].unit == "pair":
        return [(0, len(text))]
    spans = sentence_spans(text)
    # Posts of Reddit have lines of "&#x200B;" alone; asked about nothing, a model predicts what is most frequent.
    return [span for span in spans if _shows_something(text[slice(*span)])] or spans


def _shows_something(sentence: str) -> bool:
    return _WITHOUT_WORDS.fullmatch(sentence) is None or bool(normal_form(sentence).plain.strip())
