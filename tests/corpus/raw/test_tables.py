"""CSV files as tables of text, and their faults."""

from pathlib import Path

import pytest

from redsm5_hpo.corpus.raw.tables import MAX_FIELD_CHARACTERS, read_table

WANTED = ("post_id", "text")


def faults(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    return [str(problem) for problem in read_table(path, WANTED).problems]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "t.csv: an empty file"),
        (b"\n \n", "t.csv: an empty file"),
        (b"post_id,text\n", "t.csv: no records"),
        (b"post_id,text\na,b\nc,caf\xe9\n", "t.csv, line 3: byte 0xe9 at offset 22 is no UTF-8"),
        (b"\xff\xfep\0o\0", "t.csv: looks like UTF-16"),
        (b"post_id,text\r\na,b\0\r\n", "t.csv, line 2: 1 NUL byte(s), the first at offset 17"),
        (b"post_id;text\na;b\n", "t.csv, line 1: looks separated by semicolons"),
        (b"post_id\na\n", "t.csv, line 1, column text: missing"),
        (b",post_id\n0,a\n", "t.csv, line 1, column text: missing; the header has a nameless column, 'post_id'"),
        (b"post_id,text,text \na,b,c\n", "t.csv, line 1, column text: 2 times in the header"),
        (b"post_id,text,text\na,b,c\n", "t.csv, line 1, column text: 2 times in the header"),
        (b'post_id,text\n"a\nb",c\nd\n', "t.csv, line 4: 1 fields; allowed: 2 fields"),
        (b'post_id,text\na,b\nc,"d\ne\n', "t.csv, line 3: no CSV from here on"),
        (b'post_id,text\na,"b" c\n', "t.csv, line 2: no CSV from here on"),
    ],
    ids=[
        "empty",
        "blank",
        "only a header",
        "Latin-1",
        "UTF-16",
        "NUL",
        "semicolons",
        "missing column",
        "nameless column",
        "doubled column with a blank",
        "doubled column",
        "too few fields",
        "unclosed quote",
        "text after a quote",
    ],
)
def test_a_file_that_is_not_a_table_is_named_with_the_line(tmp_path: Path, data: bytes, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(tmp_path / "t.csv", data))


@pytest.mark.parametrize(
    "data",
    ["post_id,text\na,b\n".encode("utf-16"), b"post_id;text\na;b;c\n\nd\n", b'"post_id"\t"text"\n"a"\t"b"\n'],
    ids=["UTF-16", "semicolons", "tabs and quotes"],
)
def test_another_format_is_one_fault(tmp_path: Path, data: bytes) -> None:
    assert len(faults(tmp_path / "t.csv", data)) == 1


def test_a_record_is_indexed_by_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'post_id,text\na,"one\r\ntwo\nthree"\n\nb,c\n')
    frame = read_table(path, WANTED).frame
    assert frame is not None
    assert list(frame.index) == [2, 6]


HEADERS = {
    "a blank": b"post_id, text",
    "a tab": b"post_id\t,text",
    "no-break and zero-width": "\u200bpost_id,\u00a0text".encode(),
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_what_cannot_be_seen_around_a_columns_name_does_not_count(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(header + b"\na, b \n")
    frame = read_table(path, WANTED).frame
    assert frame is not None
    assert frame.loc[2].to_dict() == {"post_id": "a", "text": " b "}


BLANK = {
    "commas": b",\n,\n",
    "more commas": b",,,\n,,,\n",
    "quotes": b'"",""\n" ",\n',
    "zero-width": "\u200b,\n,\ufeff\n".encode(),
}


@pytest.mark.parametrize("rows", BLANK.values(), ids=BLANK)
@pytest.mark.parametrize("data", [b"a,b\n%s", b"%sa,b\n"], ids=["at the end", "before the end"])
def test_rows_without_text_are_counted_and_left_out(tmp_path: Path, data: bytes, rows: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"post_id,text\n" + data % rows)
    table = read_table(path, WANTED)
    assert (table.problems, table.blank) == ((), 2)
    assert table.frame is not None
    assert table.frame.to_numpy().tolist() == [["a", "b"]]


def test_a_nameless_column_is_ignored_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"post_id,text, \na,b,\n")
    (name,) = read_table(path, WANTED).ignored
    assert name.startswith("the nameless column 3 ")


def test_a_field_over_the_size_limit_is_a_fault(tmp_path: Path) -> None:
    assert (
        "field larger"
        in faults(tmp_path / "t.csv", b'post_id,text\na,"' + b"x" * (MAX_FIELD_CHARACTERS + 1) + b'"\n')[0]
    )


def test_columns_can_be_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"text,more,post_id\nb,x,a\n")
    table = read_table(path, WANTED)
    assert table.frame is not None
    assert table.frame.loc[2].to_dict() == {"post_id": "a", "text": "b"}
    assert table.ignored == ("more",)
