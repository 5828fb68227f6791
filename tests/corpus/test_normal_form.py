"""The normal form of texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redsm5_hpo.corpus.normal_form import normal_form

CASES = {
    "case, quotes, dashes": ("“It’s – SO”", '"it\'s - so"'),
    "blanks": ("a\u00a0\n\tb&nbsp;c", "a b c"),
    "entities": ("a &amp; b &gt; &#39;c&#x27; &hellip;", "a & b > 'c' ..."),
    "escaped twice": ("&amp;amp; &amp;#39; &amp;nbsp;", "& ' "),
    "unknown and unfinished entities": ("&notes; &amp &; AT&T; &#xZZ;", "&notes; &amp &; at&t; &#xzz;"),
    "emphasis": ("*a* **b** ***c*** _d_ __e__ *f g*.", "a b c d e f g."),
    "strikethrough and code": ("~~a~~ `b` ~5", "a b ~5"),
    "a link": ("so [*a* b](https://x.y/z_(w)_v 'title')s", "so a bs"),
    "no link": ("f(x)[y](z) see [NAME]", "f(x)y(z) see name"),
    "quote marks": ("> a\n>> b\r\n&gt; c 5 > 3\n> >!d!<", "a b c 5 > 3 d"),
    "spoilers and hearts": (">!a!< b!<3", "a b!<3"),
    "tags": ("<b>a</b> <a href='x'>b</a> <3 <c> x<y>z", "a b <3 <c> x<y>z"),
    "backslashes": ("snake\\_case \\*a\\* C:\\dir", "snake_case a c:\\dir"),
    "no markup": ("2*3*4 snake_case a * b\n* item\n- item ____ [ ]", "2*3*4 snake_case a * b * item - item ____ [ ]"),
    "invisible": ("a\u200bb\u00adc\u200ed\ufe0f&#8203;e\u2060", "abcde"),
    "marks beside invisible characters": ("*\u200ba\u200b* b", "a b"),
}


@pytest.mark.parametrize(("text", "plain"), CASES.values(), ids=CASES)
def test_the_normal_form_is_what_a_reader_sees(text: str, plain: str) -> None:
    assert normal_form(text).plain == plain


PIECES = [
    "a",
    "B",
    "3",
    " ",
    "\n",
    "*",
    "_",
    "~~",
    "`",
    "[",
    "]",
    "](/a)",
    "&amp;",
    "&#39;",
    "&",
    ">",
    "ß",
    "İ",
    "\u200b",
]
pieces = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(pieces)
def test_every_character_has_an_origin_in_text_order(text: str) -> None:
    form = normal_form(text)
    assert len(form.plain) == len(form.starts) == len(form.ends)
    assert list(form.starts) == sorted(form.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(form.starts, form.ends, strict=True))


@pytest.mark.parametrize("repeated", ["&amp;", "&", "[", "](/a(", "](/a 'b", "<a ", ">", "*a", "\n "])
def test_the_time_does_not_grow_with_the_square_of_the_length(repeated: str) -> None:
    normal_form(repeated * 50_000)  # quadratic it would take minutes
