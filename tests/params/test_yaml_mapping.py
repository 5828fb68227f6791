"""Invalid YAML files, and their error messages."""

import pytest
from dvc.utils.serialize import load_yaml

from redsm5_hpo.core.errors import ParamsError
from redsm5_hpo.params import read_yaml_mapping

FAULTS = {
    "missing": (None, "does not exist(.|\n)*got: current directory /"),
    "empty": ("", "is no mapping(.|\n)*got: nothing"),
    "only comments": ("# later\n", "is no mapping(.|\n)*got: nothing"),
    "a list": ("- a", "is no mapping(.|\n)*got: one list"),
    "text": ("data", "is no mapping(.|\n)*got: one str"),
    "not UTF-8": (b"a: \xff", "is not YAML in UTF-8(.|\n)*byte 0xff in position 3"),
    "UTF-16": ("a: 1".encode("utf-16"), "is not YAML in UTF-8"),
    "an open list": ("a: [", "line 2, column 1: did not find expected node content"),
    "a tab for indentation": ("a:\n\tb: 1", "line 2, column 1: found character that cannot start any token"),
    "a repeated key": ("a: 1\nb: 2\na: 3", 'line 3, column 1: found duplicate key "a"\n'),
    "a repeated key of a section": ("a:\n  b: 1\n  b: 2", 'line 3, column 3: found duplicate key "b"\n'),
    "an open quote": ('a: "b', "line 1, column 6: found unexpected end of stream"),
    "a colon in a value": ("a: b: c", "line 1, column 5: mapping values are not allowed in this context"),
    "a section that is dedented": ("a:\n  b: 1\n c: 2", "line 3, column 2: "),
    "a control character": ("a: \x07", "control characters are not allowed"),
    "an invalid date": ("a: 2024-13-01", "month must be in 1..12"),
    "an invalid character": ('a: "\\U00110000"', "is not YAML"),
    "Python": ("a: !!python/object:os.system {}", "line 1, column 4: could not determine a constructor"),
    "an unknown alias": ("a: *b", "line 1, column 4: found undefined alias"),
    "a recursive anchor": ("a: &b\n  - *b\n  - " + "[" * 500, "is not YAML"),
}


@pytest.mark.parametrize(("content", "message"), FAULTS.values(), ids=FAULTS)
def test_a_file_without_a_mapping_is_an_error(content, message, tmp_path):
    path = tmp_path / "file.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ParamsError, match=message) as caught:
        read_yaml_mapping(path, ParamsError, remedy="start afresh")
    assert str(path) in caught.value.what
    assert caught.value.remedy


WORDS = {
    "NO": "NO",
    "yes": "yes",
    "on": "on",
    "12:30:45": "12:30:45",
    "'2024_01'": "2024_01",
    "true": True,
    "False": False,
    "12": 12,
    "010": 10,
    "1e5": 1e5,
    "1.5e3": 1500.0,
    "1e-5": 1e-5,
    "-1.5": -1.5,
    "1.0e-05": 1e-5,
    "null": None,
}


@pytest.mark.parametrize(("written", "value"), WORDS.items(), ids=WORDS)
def test_an_unquoted_word_is_read_as_dvc_reads_it(written, value, tmp_path):
    path = tmp_path / "file.yaml"
    path.write_text(f"a: {written}\n")
    assert read_yaml_mapping(path, ParamsError) == {"a": value} == load_yaml(path)


def test_a_folder_is_an_error(tmp_path):
    with pytest.raises(ParamsError, match=r"cannot be read(.|\n)*got: Is a directory(.|\n)*remedy: start afresh"):
        read_yaml_mapping(tmp_path, ParamsError, remedy="start afresh")


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfa: 1", b"a: 1\r\n", b"{a: 1}"], ids=["byte order mark", "CR LF", "JSON"]
)
def test_the_formats_of_editors_are_accepted(content, tmp_path):
    (tmp_path / "file.yaml").write_bytes(content)
    assert read_yaml_mapping(tmp_path / "file.yaml", ParamsError) == {"a": 1}
