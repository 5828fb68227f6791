"""What sites, editors and exports put into a text that reads the same; seeded, so that a failure can be repeated."""

import re
from collections.abc import Callable, Sequence

from numpy.random import Generator

Noise = Callable[[str, Generator], str]


def pick(options: Sequence[str], chance: Generator) -> str:
    return options[chance.integers(len(options))]


def around_words(*wrappings: str) -> Noise:
    """Each with one word in it, such as **WORD**, around every third word."""

    def noise(text: str, chance: Generator) -> str:
        def wrapped(word: re.Match[str]) -> str:
            return pick(wrappings, chance).replace("WORD", word[0]) if chance.random() < 1 / 3 else word[0]

        return re.sub(r"\S+", wrapped, text)

    return noise


def around_several_words(text: str, chance: Generator) -> str:
    """A link around one to four words, in two places."""
    wrapping = pick(["[WORD](https://a.example/b_(c)?d=1&amp;e=*f*)", '[WORD](/r/x "a title")', "**WORD**"], chance)
    words = re.findall(r"\S+\s*", text)
    for _ in range(2):
        start = chance.integers(len(words))
        end = start + chance.integers(1, 5)
        inside = "".join(words[start:end])
        words[start:end] = [wrapping.replace("WORD", inside.rstrip()) + inside[len(inside.rstrip()) :]]
    return "".join(words)


def entities(text: str, chance: Generator) -> str:
    """Entities as exports write them, and some other characters by number."""
    named = {"&": "&amp;", "'": "&#39;", '"': "&quot;", "<": "&lt;", ">": "&gt;"}
    amp = pick(["&", "&amp;"], chance)

    def escaped(unit: re.Match[str]) -> str:
        if len(unit[0]) > 1:  # an entity already
            return "&amp;" + unit[0][1:]
        if unit[0].isalpha() and chance.random() < 0.05:
            return amp + pick([f"#{ord(unit[0])};", f"#x{ord(unit[0]):X};"], chance)
        return amp + named[unit[0]][1:] if unit[0] in named else unit[0]

    return re.sub(r"&#?\w+;|.", escaped, text)


def between_characters(*signs: str) -> Noise:
    """One of the signs after every fifth character."""
    return lambda text, chance: "".join(each + (pick(signs, chance) if chance.random() < 0.2 else "") for each in text)


def other_blanks(text: str, chance: Generator) -> str:
    """Other blanks for a third of them."""
    blanks = ("\u00a0", "&nbsp;", "&amp;nbsp;", "\u202f", "\u2003", "  ", " \n", "\r\n> ")
    return re.sub(" ", lambda _: pick(blanks, chance) if chance.random() < 1 / 3 else " ", text)


def quoted(text: str, chance: Generator) -> str:
    """Every line quoted."""
    return re.sub("^", pick(["> ", ">", "&gt; ", ">> "], chance), text, flags=re.MULTILINE)


def backslashes(text: str, chance: Generator) -> str:
    """A backslash before half of the signs, as Reddit's editor writes them."""
    return re.sub(r"[!-/:-@\[-`{-~]", lambda sign: "\\" * int(chance.integers(2)) + sign[0], text)


MARKUP: dict[str, Noise] = {
    "emphasis": around_words("*WORD*", "**WORD**", "***WORD***", "_WORD_", "__WORD__"),
    "strikethrough, code, spoilers": around_words("~~WORD~~", "`WORD`", ">!WORD!<", "**~~WORD~~**"),
    "links": around_words("[WORD](https://a.example/b_c_)", "**[WORD](www.example.org)**", "[*WORD*](#top)"),
    "links around several words": around_several_words,
    "tags": around_words("<b>WORD</b>", "<i>WORD</i>", '<a href="https://a.example">WORD</a>', "<em>WORD</em>"),
}
CHARACTERS: dict[str, Noise] = {
    "entities": entities,
    "invisible characters": between_characters(
        "\u200b", "\u200d", "\ufeff", "\u00ad", "\u200e", "&#x200B;", "&amp;#x200B;"
    ),
    "blanks": other_blanks,
    "quotes": quoted,
    "backslashes": backslashes,
}
NOISES = MARKUP | CHARACTERS
# Another line end inside of a tag or of a link's target would break it.
MIXTURES = [(first, second) for first in MARKUP for second in CHARACTERS if second not in ("blanks", "backslashes")]
MIXTURES += [("emphasis", "blanks"), ("strikethrough, code, spoilers", "blanks")]
