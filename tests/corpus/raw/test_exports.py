"""What spreadsheets write instead of comma-separated UTF-8."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.raw.exports import other_separator, utf16
from redsm5_hpo.corpus.raw.reading import read_raw
from tests.corpus.builders import write_source

WANTED = ("post_id", "text")
SEPARATED = {
    "semicolons": ("post_id;text\na;b\n", "t.csv, line 1: looks separated by semicolons"),
    "tabs": ("post_id\ttext\na\tb\n", "t.csv, line 1: looks separated by tabs"),
    "bars": ("post_id|text\n", "t.csv, line 1: looks separated by vertical bars"),
    "quotes": ('"post_id";"text"\r\n"a";"b"\r\n', "t.csv, line 1: looks separated by semicolons"),
    "blanks": (" post_id ; text\n", "t.csv, line 1: looks separated by semicolons"),
    "more columns, one of them missing": ("post_id;body;n,m\n", "t.csv, line 1: looks separated by semicolons"),
    "a blank line before": ("\n\npost_id;text\n", "t.csv, line 3: looks separated by semicolons"),
}


@pytest.mark.parametrize(("text", "fault"), SEPARATED.values(), ids=SEPARATED)
def test_another_separator_is_named_with_the_remedy(text: str, fault: str) -> None:
    problem = other_separator("t.csv", text, WANTED)
    assert str(problem).startswith(fault)
    assert "save it as CSV with commas" in str(problem)


COMMAS = {
    "plain": "post_id,text\na,b;c\n",
    "semicolons in a name": "post_id,text,a;b;c\n",
    "one of both": "text,n;post_id\n",
    "none of the columns": "id;body\n",
    "a single column": "post_id\n",
    "nothing": "",
    "line ends": "\r\n\n",
}


@pytest.mark.parametrize("text", COMMAS.values(), ids=COMMAS)
def test_what_has_as_many_columns_with_commas_is_left_to_the_check_of_the_header(text: str) -> None:
    assert other_separator("t.csv", text, WANTED) is None


TEXT = "post_id,text\na,café 🙂\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named_with_the_remedy(encoding: str) -> None:
    problem = utf16("t.csv", TEXT.encode(encoding))
    assert str(problem) == "t.csv: looks like UTF-16; allowed: UTF-8 text: save it as UTF-8 (in Excel: CSV UTF-8)"


OTHERS = {
    "UTF-8": TEXT.encode(),
    "a byte order mark": TEXT.encode("utf-8-sig"),
    "Latin-1": b"post_id,text\na,caf\xe9\n",
    "a NUL": b"post_id,text\na,b\0\n",
    "a file of one NUL": b"\0",
    "nothing": b"",
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_other_bytes_are_left_to_the_decoder(data: bytes) -> None:
    assert utf16("t.csv", data) is None


def test_a_corpus_saved_with_semicolons_has_one_fault_in_each_file(tmp_path: Path) -> None:
    source = write_source(tmp_path, splits=[("p1", "train"), ("p2", "val"), ("p3", "test")])
    for path in source.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        read_raw(source, ())
    message = str(error.value)
    assert "has 3 problem(s)" in message
    assert message.count("looks separated by semicolons; allowed: fields separated by commas: save it") == 3
