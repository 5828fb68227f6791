"""The order of posts and sentences: by their ids, since that of a file changes with each export.

Owns the comparison of ids. Does not know what they stand for.
"""

import re

IdKey = tuple[list[str | tuple[int, str]], str]


def id_key(name: str) -> IdKey:
    """A key that sorts ids by the numbers in them: post_2 is before post_10."""
    # A number of any length by its digits: int() refuses more than 4,300. Text and numbers alternate in each id.
    parts = re.split(r"([0-9]+)", name)
    return [_digits(part) if index % 2 else part for index, part in enumerate(parts)], name


def _digits(number: str) -> tuple[int, str]:
    digits = number.lstrip("0")
    return len(digits), digits
