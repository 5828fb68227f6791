"""The records of a prepared corpus, and its folder of files.

Owns the records, their selection by post and the canonical files. Does not read raw corpora or decide which pairs
there are.
"""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.files import read_json, read_jsonl, write_json, write_jsonl
from redsm5_hpo.core.folders import SUMS, damaged_file, seal

Found = Literal["exact", "normalized", "fuzzy"]
Record = TypeVar("Record")
Value = TypeVar("Value")

POSTS = "posts.jsonl"
REMEDY = "run `dvc repro split`, which rebuilds it from data/raw"


@dataclass(frozen=True)
class Post:
    """A post and its text, unchanged from the raw file."""

    post_id: str
    text: str


@dataclass(frozen=True)
class Sentence:
    """One annotation row: an annotator's verdict on one sentence and one criterion.

    Attributes:
        status: 1 if the sentence is evidence for the criterion `label`, 0 if the annotator rejected it.
    """

    post_id: str
    sentence_id: str
    label: str
    text: str
    status: int


@dataclass(frozen=True)
class Span:
    """Half-open character interval of a post's text, and how it was found."""

    start: int
    end: int
    found: Found


@dataclass(frozen=True)
class Pair:
    """A post and a criterion.

    Attributes:
        status: 1 if any sentence of the post is evidence for the criterion `label`.
        annotated: False for a pair drawn from the criteria that nobody annotated in the post.
        spans: the evidence in text order; empty exactly where status is 0.
    """

    post_id: str
    label: str
    status: int
    annotated: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Corpus:
    """Posts with their annotation rows and pairs, and the definition of every criterion.

    Attributes:
        criteria: definition by label; the order of its keys is the order of labels.
    """

    posts: tuple[Post, ...]
    sentences: tuple[Sentence, ...]
    pairs: tuple[Pair, ...]
    criteria: dict[str, str]

    def subset(self, post_ids: Collection[str]) -> "Corpus":
        """The corpus of the given posts, in the same order, with all criteria."""
        kept = frozenset(post_ids)
        if unknown := kept - {post.post_id for post in self.posts}:
            raise KeyError(f"no posts of this corpus: {sorted(unknown)}")
        return Corpus(
            tuple(post for post in self.posts if post.post_id in kept),
            tuple(sentence for sentence in self.sentences if sentence.post_id in kept),
            tuple(pair for pair in self.pairs if pair.post_id in kept),
            dict(self.criteria),
        )

    def save(self, directory: Path) -> None:
        """Write the corpus as a folder of canonical files; the same corpus is the same bytes."""
        write_jsonl(directory / POSTS, map(asdict, self.posts))
        write_jsonl(directory / "sentences.jsonl", map(asdict, self.sentences))
        write_jsonl(directory / "pairs.jsonl", map(asdict, self.pairs))
        # A list, since the sorted keys of an object would lose the order of labels.
        write_json(directory / "criteria.json", [list(item) for item in self.criteria.items()])
        seal(directory)

    @classmethod
    def load(cls, directory: Path) -> "Corpus":
        """Read a folder that `save` wrote; raises CorpusError that names a missing or damaged file."""
        if damaged := damaged_file(directory):
            what = "is damaged" if damaged.exists() else "does not exist"
            raise CorpusError(f"{damaged} {what}", got=f"a file that differs from {SUMS}", remedy=REMEDY)
        corpus = cls(
            _read_records(directory / POSTS, Post),
            _read_records(directory / "sentences.jsonl", Sentence),
            _read_records(directory / "pairs.jsonl", Pair),
            dict(read_saved(directory / "criteria.json", _read_criteria)),
        )
        _check_references(corpus, directory)
        return corpus


def read_saved(path: Path, read: Callable[[Path], Value]) -> Value:
    """`read(path)` of a file that this project wrote; raises CorpusError with the remedy if missing or damaged."""
    try:
        return read(path)
    except FileNotFoundError:
        raise CorpusError(f"{path} does not exist", remedy=REMEDY) from None
    except (ValueError, OSError) as problem:
        # The message of the exception may quote the corpus, so only its type is shown.
        raise CorpusError(f"{path} is damaged", got=type(problem).__name__, remedy=REMEDY) from None


def _read_records(path: Path, kind: type[Record]) -> tuple[Record, ...]:
    adapter = TypeAdapter(kind)
    return read_saved(path, lambda file: tuple(adapter.validate_python(line) for line in read_jsonl(file)))


def _read_criteria(path: Path) -> list[tuple[str, str]]:
    return TypeAdapter(list[tuple[str, str]]).validate_python(read_json(path))


def _check_references(corpus: Corpus, directory: Path) -> None:
    lengths = {post.post_id: len(post.text) for post in corpus.posts}
    rows: list[Sentence | Pair] = [*corpus.sentences, *corpus.pairs]
    for row in rows:
        if row.post_id not in lengths or row.label not in corpus.criteria or row.status not in (0, 1):
            got = f"post {row.post_id!r}, label {row.label!r}, status {row.status}"
            raise CorpusError(f"{directory} contradicts itself: a row of no post or criterion", got=got, remedy=REMEDY)
    for pair in corpus.pairs:
        for span in pair.spans:
            if not 0 <= span.start < span.end <= lengths[pair.post_id]:
                got = f"post {pair.post_id!r}, label {pair.label!r}, span {span.start}:{span.end}"
                raise CorpusError(f"{directory} contradicts itself: a span outside its post", got=got, remedy=REMEDY)
