"""Annotated sentences that stand in another post than that of their row.

Owns their count and the warning: such a row has the wrong post_id, as after a column was sorted by itself, and carries
text of one split into another. Does not align (alignment.py).
"""

from redsm5_hpo.corpus.normal_form import normal_form
from redsm5_hpo.corpus.records import Corpus

MIN_CHARACTERS = 20  # shorter sentences are in several posts by chance


def misplaced_sentences(corpus: Corpus) -> int:
    """The number of rows, present and absent, whose sentence is not in their post, and is in another one."""
    texts = {post.post_id: post.text for post in corpus.posts}
    missing = [row for row in corpus.sentences if row.text.strip() not in texts[row.post_id]]
    if not missing:
        return 0
    forms = {post_id: normal_form(text).plain for post_id, text in texts.items()}
    everything = "\n".join(forms.values())  # no normal form has a line end
    sought = [(normal_form(row.text.strip()).plain.strip(), forms[row.post_id]) for row in missing]
    return sum(len(each) >= MIN_CHARACTERS and each not in own and each in everything for each, own in sought)


def misplaced_warnings(count: int) -> list[str]:
    """A warning if there are any."""
    return [f"{count} annotated sentence(s) are in another post than their row says: check post_id"] if count else []
