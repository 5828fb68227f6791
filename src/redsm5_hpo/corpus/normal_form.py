"""The normal form of a text: how it reads, whatever site, editor or export it passed through.

Owns what does not count when a sentence is compared with its post (HTML entities, inline markup, invisible characters,
kinds of blanks, quotes and dashes, case), and the way back to the characters of the original text. Does not search.

All rules look at neighboring characters only, so that a passage has the same normal form alone as in its text.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5

_PLAIN = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
_INVISIBLE = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f]")  # and all of Unicode's category Cf

# Exports of Reddit escape twice (`&amp;#39;`), and its editor puts a backslash before signs.
_ESCAPED = re.compile(
    r"&(?:amp;)*(?P<name>#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|\\(?=[!-/:-@\[-`{-~])"
)
_TARGET = r"""\]\((?:https?://|www\.|mailto:|/|\#)[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\)"""
_MARKUP = re.compile(
    rf"""
    (?P<target>{_TARGET})                                        # the rest of [words](https://...)
    | (?P<spoiler>>!|!<(?!3))
    | (?P<quote>(?:\A|(?<=[\n\r]))[ \t]*(?:>(?!!)[ \t]*)+)      # at the beginning of a line
    | (?P<tag></?(?:a|b|code|del|em|i|s|span|strong|sub|sup|u)(?:\s[^<>]{{0,300}})?>)
    | (?P<marks>(?:(?!{_TARGET})[*_`\[\]]|~~)+)                  # emphasis, code, strikethrough, the words of a link
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class NormalForm:
    """A text as it is compared.

    Attributes:
        plain: the normal form.
        starts: for each of its characters where the original one begins.
        ends: and where it ends; an entity is one character that was several.
    """

    plain: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The interval of the original text that reads as plain[start:end]; not empty."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=8)
def normal_form(text: str) -> NormalForm:
    """The normal form of a text, with the origin of each character."""
    characters, starts, ends = _visible(text)
    hidden = _hidden("".join(characters))
    plain: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(characters):
        # Decomposition and case folding can turn one character into several (ß, İ): each keeps its origin.
        for folded in "" if hidden[index] else _folded(character):
            if not (folded == " " and plain and plain[-1] == " "):
                plain.append(folded)
                origins.append(index)
    return NormalForm("".join(plain), tuple(starts[at] for at in origins), tuple(ends[at] for at in origins))


def _visible(text: str) -> tuple[list[str], list[int], list[int]]:
    """The characters that a reader sees, without escapes, and where each begins and ends in the text."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(shown: str, start: int, end: int) -> None:
        for character in shown:
            if not (_INVISIBLE.match(character) or unicodedata.category(character) == "Cf"):
                characters.append(character)
                starts.append(start)
                ends.append(end)

    done = 0
    for escaped in _ESCAPED.finditer(text):
        for index in range(done, escaped.start()):
            add(text[index], index, index + 1)
        add(_unescaped(escaped), *escaped.span())
        done = escaped.end()
    for index in range(done, len(text)):
        add(text[index], index, index + 1)
    return characters, starts, ends


def _unescaped(escaped: re.Match[str]) -> str:
    name = escaped["name"]
    if name is None:
        return ""
    # html.unescape would also read the beginning of an unknown name as an entity: `&notes;` is no negation.
    return html.unescape(f"&{name};") if name.startswith("#") or f"{name};" in html5 else escaped[0]


def _hidden(text: str) -> bytearray:
    """For each character 1 if it is markup."""
    hidden = bytearray(len(text))
    for markup in _MARKUP.finditer(text):
        start, end = markup.span()
        if markup.lastgroup == "marks" and not _at_word(text[start - 1 : start], text[end : end + 1]):
            continue
        hidden[start:end] = b"\1" * (end - start)
    return hidden


def _at_word(before: str, after: str) -> bool:
    """Whether marks between these two characters enclose something: not in 2*3, snake_case, `a * b` or a bullet."""
    inside = before.isalnum() and after.isalnum()
    alone = not before.strip() and not after.strip()
    return not inside and not alone


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    folded = _PLAIN.get(character) or unicodedata.normalize("NFKD", character).casefold()
    return "".join(" " if each.isspace() else each for each in folded)
