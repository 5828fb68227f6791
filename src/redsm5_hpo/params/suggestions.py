"""What a person may have meant by a name that nothing reads.

Owns how near a known name must be. Does not know what the names stand for.
"""

from collections.abc import Collection, Iterator
from difflib import SequenceMatcher, get_close_matches
from typing import get_args

from pydantic import BaseModel

_DIMENSION = "*"  # stands for the name of any dimension of the space


def suggestion(name: str, known: Collection[str]) -> str:
    """The nearest of the known names as a question; the whole list's use where none is near."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else "use one of these"


def nearest_key(key: str, known: Collection[str]) -> str:
    """`, did you mean KEY?` with the known dotted key that the unknown one stands for; empty where none is near.

    A key that exists in another section is meant before one that is spelled alike.
    """
    *parents, name = key.split(".")
    # hpo.space.dropout.step is an unknown key of a dimension, whatever the dimension.
    of_dimension = [each.replace(_DIMENSION, parents[-1]) for each in known if _DIMENSION in each and parents]
    candidates = [each for each in known if _DIMENSION not in each] + of_dimension
    same_name = [each for each in candidates if each.rpartition(".")[2] == name]
    close = sorted(same_name, key=lambda each: -_likeness(key, each))[:1] or get_close_matches(key, candidates, n=1)
    return f", did you mean {close[0]}?" if close else ""


def known_keys(section: type[BaseModel]) -> list[str]:
    """The dotted keys of a section and of the sections in it."""
    return list(_keys(section, ""))


def _keys(section: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield prefix + name
        for inner, of_a_dictionary in _sections(field.annotation):
            yield from _keys(inner, f"{prefix}{name}.{_DIMENSION}." if of_a_dictionary else f"{prefix}{name}.")


def _sections(annotation: object, of_a_dictionary: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    """The sections that a field holds, also those that stand as values of a dictionary."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, of_a_dictionary
    inside = of_a_dictionary or getattr(annotation, "__origin__", None) is dict
    for part in get_args(annotation):
        yield from _sections(part, inside)


def _likeness(one: str, two: str) -> float:
    return SequenceMatcher(None, one, two).ratio()
