"""From a raw corpus to sentences and pairs, with a count of everything that was left out.

Owns the order of records and the counts. Does not read files (raw/reading.py), find sentences (row_spans.py) or build
pairs (pairs.py).
"""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from redsm5_hpo.core.layout import PREPARED, UNALIGNED
from redsm5_hpo.corpus.evidence_sentences import evidence_sentences, evidence_warnings
from redsm5_hpo.corpus.id_order import id_key
from redsm5_hpo.corpus.misplaced_sentences import misplaced_sentences, misplaced_warnings
from redsm5_hpo.corpus.pairs import STRICTNESS, absent_pairs, annotated_pairs
from redsm5_hpo.corpus.raw.reading import RawCorpus
from redsm5_hpo.corpus.records import Corpus, Pair, Span
from redsm5_hpo.corpus.repeated_sentences import repeated_sentences, repeated_warnings
from redsm5_hpo.corpus.row_spans import row_spans
from redsm5_hpo.corpus.support import Counts, status_counts, support
from redsm5_hpo.params import DataParams

UNALIGNED_COLUMNS = ("post_id", "sentence_id", "label")  # no text, which messages and metrics never quote
RowId = tuple[str, str, str]


def prepare(raw: RawCorpus, data: DataParams) -> tuple[Corpus, list[RowId], Counts]:
    """The corpus in order of posts, then of labels; the present rows that are not in their post; all counts.

    Posts and sentences are in the order of their ids, so that another order of rows is the same corpus; the labels of
    one sentence are in that of their rows.
    """
    posts = tuple(sorted(raw.posts, key=lambda post: id_key(post.post_id)))
    position = {post.post_id: index for index, post in enumerate(posts)}
    rank = {label: index for index, label in enumerate(raw.criteria)}
    sentences = sorted(raw.sentences, key=lambda row: (position[row.post_id], id_key(row.sentence_id)))
    spans = row_spans(raw.sentences, {post.post_id: post.text for post in posts}, data.alignment_threshold)
    pairs, left_out, partly = annotated_pairs(sentences, spans)
    annotated = {(row.post_id, row.label) for row in sentences}
    for post in posts:
        unannotated = [label for label in raw.criteria if (post.post_id, label) not in annotated]
        pairs += absent_pairs(post.post_id, unannotated, data.absent_pairs_per_post, data.seed)
    pairs.sort(key=lambda pair: (position[pair.post_id], rank[pair.label]))
    corpus = Corpus(posts, tuple(sentences), tuple(pairs), dict(raw.criteria))
    unaligned = [(row.post_id, row.sentence_id, row.label) for row in sentences if row.status == 1 and not spans[row]]
    found = Counter(_found(places) for places in spans.values())
    counts = {
        **_corpus_counts(corpus),
        **_left_out(raw),
        "alignment": {way: found[way] for way in (*STRICTNESS, "unaligned")},
        "pairs": {**_pair_counts(pairs), "left_out_unaligned": len(left_out), "partly_unaligned": len(partly)},
    }
    return corpus, unaligned, counts


def preparation_warnings(raw: RawCorpus, counts: Counts) -> list[str]:
    """Warnings about a prepared corpus, one line each."""
    found, pairs = counts["alignment"], counts["pairs"]
    rows = sum(found.values())
    warnings = [f"{name} is a column that nothing reads" for name in raw.ignored_columns]
    warnings += [f"{file}: {count} blank row(s) are left out" for file, count in raw.blank_rows.items()]
    warnings += [
        f"{count} post(s) whose whole text is [{reason}] are left out, with {raw.placeholder_rows[reason]} "
        "annotation row(s)"
        for reason, count in raw.placeholder_posts.items()
        if count
    ]
    if found["unaligned"]:
        warnings.append(
            f"{found['unaligned']} of {rows} present annotation rows were not found in their post "
            f"({PREPARED / UNALIGNED} lists them); "
            f"{pairs['left_out_unaligned']} present pairs have no span and are left out, "
            f"{pairs['partly_unaligned']} keep only some of their spans"
        )
    if rows and not found["exact"]:
        warnings.append(f"none of the {rows} present annotation rows is in its post verbatim")
    warnings += [*misplaced_warnings(counts["misplaced_sentences"]), *repeated_warnings(counts["repeated_sentences"])]
    warnings += evidence_warnings(counts["evidence_sentences"])
    warnings += [
        f"no pair is {status}: there is nothing to learn; annotate more, or raise data.absent_pairs_per_post"
        for status in ("present", "absent")
        if not pairs[status]
    ]
    return warnings


def _corpus_counts(corpus: Corpus) -> Counts:
    return {
        "posts": _post_counts(corpus),
        "sentences": status_counts(corpus.sentences),
        "repeated_sentences": repeated_sentences(corpus),
        "misplaced_sentences": misplaced_sentences(corpus),
        "evidence_sentences": evidence_sentences(corpus),
        "support": support(corpus),
    }


def _left_out(raw: RawCorpus) -> Counts:
    return {
        "excluded_rows": dict(raw.excluded),
        "ignored_columns": len(raw.ignored_columns),
        "blank_rows": sum(raw.blank_rows.values()),
        "placeholder_posts": dict(raw.placeholder_posts),
        "placeholder_rows": dict(raw.placeholder_rows),
    }


def _found(places: Sequence[Span]) -> str:
    return max((span.found for span in places), key=STRICTNESS.index) if places else "unaligned"


def _post_counts(corpus: Corpus) -> Counts:
    words = [len(post.text.split()) for post in corpus.posts]
    with_present = {row.post_id for row in corpus.sentences if row.status == 1}
    return {
        "total": len(words),
        "without_present": len(words) - len(with_present),
        "words": {"total": sum(words), "mean": round(fmean(words), 2), "min": min(words), "max": max(words)},
    }


def _pair_counts(pairs: Sequence[Pair]) -> Counts:
    drawn = sum(not pair.annotated for pair in pairs)
    counts = status_counts(pairs)
    return {**counts, "absent_annotated": counts["absent"] - drawn, "absent_drawn": drawn}
