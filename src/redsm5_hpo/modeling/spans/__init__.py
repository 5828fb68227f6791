"""The span heads: from token states to a distribution over evidence spans.

Owns the registry. To add one: SPAN_HEADS, and `span_head` in params/configuration.py.
"""

from collections.abc import Callable

from torch import nn

from redsm5_hpo.modeling.spans.sentence_runs import SentenceRunHead
from redsm5_hpo.modeling.spans.tokens import TokenSpanHead
from redsm5_hpo.params import Configuration

SPAN_HEADS: dict[str, Callable[[int, Configuration], nn.Module]] = {
    "runs": SentenceRunHead,
    "tokens": TokenSpanHead,
}

WHOLE_SENTENCES = frozenset({"runs"})  # the heads whose spans are whole sentences


def make_span_head(size: int, configuration: Configuration) -> nn.Module:
    """The configuration's span head for states of `size` features: (states, tokens) -> SpanDistribution."""
    return SPAN_HEADS[configuration.span_head](size, configuration)
