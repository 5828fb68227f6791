"""Posts that a caller in Python gives: refused and left out by the rules for files of posts (post_files.py).

Owns how a call says so: one error, or a warning for what is left out. Does not predict.
"""

import warnings
from collections import Counter
from collections.abc import Mapping

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.raw.placeholders import placeholder
from redsm5_hpo.corpus.raw.visible import has_text
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference.post_files import NO_TEXT, left_out

_SHOWN = 5


def given_posts(posts: Mapping[str, str]) -> list[Post]:
    """The posts to predict for, in order; warns of those that are left out because their text is gone.

    Raises:
        CorpusError: a value is no text that a file could hold, or shows nothing.
    """
    faulty = {post_id: fault for post_id, text in posts.items() if (fault := _fault(text))}
    if faulty:
        found = [f"post_id {post_id}: {fault}" for post_id, fault in list(faulty.items())[:_SHOWN]]
        raise CorpusError(
            f"{len(faulty)} of {len(posts)} posts have no text",
            got="; ".join([*found, *(["..."] if len(faulty) > _SHOWN else [])]),
            allowed="a str with visible text, without NUL and halves of characters",
            remedy="give these posts their text, or leave them out",
        )
    reasons = {post_id: placeholder(text) for post_id, text in posts.items()}
    for line in left_out(Counter(reason for reason in reasons.values() if reason)):
        warnings.warn(line, stacklevel=3)  # the line that calls predict_posts
    return [Post(post_id, text) for post_id, text in posts.items() if reasons[post_id] is None]


def _fault(text: object) -> str:
    """What is wrong with a value, without its text; pandas' missing texts are None and NaN."""
    if not isinstance(text, str):
        return f"{type(text).__name__} instead of str"
    if not has_text(text):
        return "no visible text"
    return "a NUL or half a character" if NO_TEXT.search(text) else ""
