"""Posts that hold no more than the note that their text is gone.

Owns what such a note is. Does not leave posts out: reading.py does.
"""

import re

from redsm5_hpo.corpus.raw.visible import stripped

REASONS = ("removed", "deleted")
# Reddit writes [removed], [deleted], [ Removed by Reddit ], [removed by moderator] and [deleted by user].
_NOTE = re.compile(rf"\[\s*({'|'.join(REASONS)})(\s+by\s+[^\[\]]{{1,40}})?\s*\]", re.IGNORECASE)


def placeholder(text: str) -> str | None:
    """`removed` or `deleted` if the whole text says so; None for any other text."""
    note = _NOTE.fullmatch(stripped(text))
    return note[1].lower() if note else None
