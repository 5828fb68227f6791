"""Which characters of a text can be seen.

Owns the distinction of text from characters that show nothing, such as zero-width spaces. Does not change texts.
"""

import unicodedata

# Control and format characters, private use, blanks, and marks without a letter: tokenizers drop them or know none.
_INVISIBLE_CATEGORIES = frozenset("CZM")
# Fillers of Hangul and the empty Braille cell count as letters or symbols, the replacement character as a symbol.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffd")


def has_text(text: str) -> bool:
    """Whether any character of the text can be seen."""
    return any(map(_visible, text))


def stripped(text: str) -> str:
    """The text without the characters at its ends that cannot be seen."""
    start = next((index for index, character in enumerate(text) if _visible(character)), len(text))
    beyond = next((index for index, character in enumerate(reversed(text)) if _visible(character)), 0)
    return text[start : len(text) - beyond]


def _visible(character: str) -> bool:
    return character not in _INVISIBLE and unicodedata.category(character)[0] not in _INVISIBLE_CATEGORIES
