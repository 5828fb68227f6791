"""The stages prepare and split with unusual but valid corpora."""

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.files import read_json
from redsm5_hpo.corpus.normal_form import normal_form
from redsm5_hpo.corpus.records import Corpus
from stages import prepare, split
from tests.corpus.builders import POSTS, write_source

ROOT = Path(__file__).parents[2]
LONG_POST = " ".join(f"w{number}" for number in range(100_000))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)


def prepared(posts: Iterable[Sequence[str]], rows: Iterable[Sequence[str]], criteria: str | None = None) -> Corpus:
    write_source(Path("data/raw/demo"), posts, rows, criteria=criteria)
    prepare.main()
    return Corpus.load(Path("data/prepared"))


TEXTS = {
    "emoji": ("😭😭 I can’t sleep 🛌🏽 at all 👨‍👩‍👧. Bye 🙂", "I can’t sleep 🛌🏽 at all 👨‍👩‍👧."),
    "right to left": ("أنا متعب جدا. لا أستطيع النوم في الليل. شكرا", "لا أستطيع النوم في الليل."),
    "direction marks": ("\u202bאני עייף\u202c. אני לא ישן בלילה.", "אני לא ישן בלילה."),
    "combining accents": ("Je suis fatigue\u0301. Je ne dors pas.", "Je suis fatigue\u0301."),
    "no spaces": ("我很累。我晚上睡不着。再见", "我晚上睡不着。"),
    "three kinds of line ends": ("One.\r\nI cannot\nsleep\rat night.", "I cannot\nsleep\rat night."),
    "quotes and commas": ('He said, "I cannot, ""really"", sleep".', '"I cannot, ""really"", sleep"'),
    "a formula": ('=HYPERLINK("x"), I cannot sleep', '=HYPERLINK("x")'),
    "control characters": ("bell \x07 and \x1b[31m red", "\x1b[31m red"),
}


@pytest.mark.parametrize(("text", "sentence"), TEXTS.values(), ids=TEXTS)
def test_a_span_of_any_script_is_its_sentence(text: str, sentence: str) -> None:
    rows = [("p1", "s", sentence, "SLEEP_ISSUES", "1", ""), ("p1", "t", "x", "FATIGUE", "0", "")]
    corpus = prepared([("p1", text), ("p2", "x y z")], rows)
    (span,) = next(pair.spans for pair in corpus.pairs if pair.status)
    assert (corpus.posts[0].text, text[span.start : span.end], span.found) == (text, sentence, "exact")


def test_a_post_of_a_hundred_thousand_words_is_read_and_normalized_once() -> None:
    words = LONG_POST.split()
    end = " ".join(words[-12:-2])
    nearly = " ".join([*words[50_000:50_015], "oops", *words[50_016:50_030]])
    rows = [
        ("p1", f"s{index}", text, "FATIGUE", "1", "")
        for index, text in enumerate((end, end.upper(), nearly, "gone " * 30))
    ]
    normal_form.cache_clear()
    corpus = prepared([("p1", LONG_POST), ("p2", "I am well")], rows)
    # The posts, and the sentences that are not in the long one verbatim.
    assert normal_form.cache_info().misses == 2 + 3
    (pair,) = (pair for pair in corpus.pairs if pair.status)
    assert LONG_POST[pair.spans[-1].start : pair.spans[-1].end] == end
    assert read_json(Path("metrics/prepare.json"))["alignment"] == {
        "exact": 1,
        "normalized": 1,
        "fuzzy": 1,
        "unaligned": 1,
    }


def test_only_present_rows_are_a_warning_since_spans_can_be_learned(capsys: pytest.CaptureFixture[str]) -> None:
    prepared(POSTS, [(post, "s", text, "FATIGUE", "1", "") for post, text in POSTS])
    assert "warning: no pair is absent: there is nothing to learn" in capsys.readouterr().err
    split.main()
    assert "warning: criteria cannot be trained and scored: train has no absent sentence" in capsys.readouterr().err


def test_a_corpus_of_two_posts_is_prepared_and_cannot_be_split() -> None:
    prepared(POSTS[:2], [("p1", "s", "I am tired.", "FATIGUE", "1", "")])
    with pytest.raises(CorpusError, match=r"2 post\(s\) cannot be assigned to 3 splits(.|\n)*remedy: take a larger"):
        split.main()
    assert not Path("data/splits").exists()


def test_three_posts_are_enough() -> None:
    prepared(POSTS, [(post, "s", text, "FATIGUE", "1", "") for post, text in POSTS])
    split.main()
    assert [len(Corpus.load(Path("data/splits") / part).posts) for part in ("train", "val", "test")] == [1, 1, 1]


def test_a_hundred_labels_are_prepared_and_split() -> None:
    criteria = "".join(f"LABEL_{number}: The writer has symptom {number}.\n" for number in range(100))
    rows = [(f"p{number}", "s", f"symptom {number}", f"LABEL_{number}", "1", "") for number in range(100)]
    posts = [(f"p{number}", f"I have symptom {number} and {number * 7} more.") for number in range(100)]
    assert len(prepared(posts, rows, criteria).criteria) == 100
    split.main()
    assert len(json.loads(Path("metrics/split.json").read_text())["test"]["support"]) == 100
