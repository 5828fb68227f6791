"""Suggestions for unknown names.

Owns which known name is suggested. Does not know the meaning of the names.
"""

from collections.abc import Collection, Iterator
from difflib import SequenceMatcher, get_close_matches
from typing import get_args

from pydantic import BaseModel

_DIMENSION = "*"  # any dimension of the space


def suggestion(name: str, known: Collection[str]) -> str:
    """The closest known name as a question, or `use one of these` when no name is close."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else "use one of these"


def nearest_key(key: str, known: Collection[str]) -> str:
    """`, did you mean KEY?` with the closest known dotted key; empty when no key is close.

    A key of the same name in any section comes first, then one of the same section that shares a word with the name,
    then one of similar spelling.
    """
    section, _, name = key.rpartition(".")
    # hpo.space.dropout.step is an unknown key of a dimension, whatever the dimension.
    dimension = section.rpartition(".")[2]
    of_dimension = [each.replace(_DIMENSION, dimension) for each in known if _DIMENSION in each and dimension]
    candidates = [each for each in known if _DIMENSION not in each] + of_dimension
    names = {each: each.rpartition(".") for each in candidates}
    alike = [each for each, (_, _, other) in names.items() if other == name] or [
        each for each, (other, _, words) in names.items() if other == section and _words(words) & _words(name)
    ]
    close = sorted(alike, key=lambda each: -_similarity(key, each))[:1] or get_close_matches(key, candidates, n=1)
    return f", did you mean {close[0]}?" if close else ""


def known_keys(section: type[BaseModel]) -> list[str]:
    """The dotted keys of a section and its subsections."""
    return list(_keys(section, ""))


def _keys(section: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield prefix + name
        for inner, of_a_dictionary in _sections(field.annotation):
            yield from _keys(inner, f"{prefix}{name}.{_DIMENSION}." if of_a_dictionary else f"{prefix}{name}.")


def _sections(annotation: object, of_a_dictionary: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    """The sections in a field's type, with whether they are values of a dictionary."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, of_a_dictionary
    inside = of_a_dictionary or getattr(annotation, "__origin__", None) is dict
    for part in get_args(annotation):
        yield from _sections(part, inside)


def _words(name: str) -> set[str]:
    return set(name.split("_"))


def _similarity(one: str, two: str) -> float:
    return SequenceMatcher(None, one, two).ratio()
