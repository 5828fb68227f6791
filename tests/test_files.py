"""Canonical files."""

import math
from pathlib import Path

import pytest

from redsm5_hpo.errors import ParamsError
from redsm5_hpo.files import (
    hash_files,
    hash_value,
    read_json,
    read_jsonl,
    read_yaml,
    read_yaml_mapping,
    write_csv,
    write_json,
    write_jsonl,
    write_text,
    write_yaml,
)

VALUE = {"b": [1, 2.5, None, True], "a": {"é": "ü\n", "Z": ""}}
ORDERS = [VALUE, {"a": {"Z": "", "é": "ü\n"}, "b": [1, 2.5, None, True]}]
WRITERS = {"json": write_json, "jsonl": lambda path, value: write_jsonl(path, [value]), "yaml": write_yaml}
READERS = {"json": read_json, "jsonl": lambda path: read_jsonl(path)[0], "yaml": read_yaml}


@pytest.mark.parametrize("form", WRITERS)
def test_the_same_content_is_the_same_bytes(form, tmp_path):
    for name, value in zip("ab", ORDERS, strict=True):
        WRITERS[form](tmp_path / name, value)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("form", WRITERS)
def test_what_is_written_is_read_again(form, tmp_path):
    WRITERS[form](tmp_path / "file", VALUE)
    assert READERS[form](tmp_path / "file") == VALUE


BYTES = {
    "json": '{\n  "a": "é",\n  "b": [\n    1\n  ]\n}\n',
    "jsonl": '{"a": "é", "b": [1]}\n',
    "yaml": "a: é\nb:\n- 1\n",
}


@pytest.mark.parametrize("form", WRITERS)
def test_keys_are_sorted_text_is_utf8_and_one_newline_ends_the_file(form, tmp_path):
    WRITERS[form](tmp_path / "file", {"b": [1], "a": "é"})
    assert (tmp_path / "file").read_bytes() == BYTES[form].encode()


def test_a_csv_has_a_header_quotes_where_needed_and_empty_fields_for_none(tmp_path):
    write_csv(tmp_path / "file", ("a", "b"), [(1, None), ('x,"y"', 0.5)])
    assert (tmp_path / "file").read_bytes() == b'a,b\n1,\n"x,""y""",0.5\n'


def test_jsonl_keeps_the_order_of_its_records(tmp_path):
    write_jsonl(tmp_path / "file", ({"n": number} for number in (2, 1, 3)))
    assert [record["n"] for record in read_jsonl(tmp_path / "file")] == [2, 1, 3]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_number_that_is_none_is_refused_and_the_old_file_stays(form, value, tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        WRITERS[form](path, {"loss": value})
    assert path.read_text() == "old"


def fail(*_):
    raise OSError("disk full")


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_failing_write_leaves_the_old_file_and_nothing_beside_it(step, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(step, fail)
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"file": "old"}


def test_a_write_makes_the_folders_above(tmp_path):
    write_text(tmp_path / "a/b/file", "text")
    assert (tmp_path / "a/b/file").read_text() == "text"


def test_a_written_file_is_readable_by_others(tmp_path):
    write_text(tmp_path / "file", "text")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


MAPPINGS = {
    "missing": (None, "does not exist"),
    "no YAML": ("a: [", "is not YAML in UTF-8"),
    "not UTF-8": (b"a: \xff", "is not YAML in UTF-8"),
    "a list": ("- a", "is no mapping(.|\n)*got: list"),
    "empty": ("", "is no mapping(.|\n)*got: NoneType"),
}


@pytest.mark.parametrize(("content", "message"), MAPPINGS.values(), ids=MAPPINGS)
def test_a_users_yaml_that_is_no_mapping_is_the_error_asked_for(content, message, tmp_path):
    path = tmp_path / "file.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ParamsError, match=message) as caught:
        read_yaml_mapping(path, ParamsError)
    assert str(path) in caught.value.what


def folder(root, **files):
    for name, content in files.items():
        write_text(root / name, content)
    return root


def test_equal_folders_have_equal_hashes(tmp_path, monkeypatch):
    hashes = []
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        folder(Path("data"), one="1", two="2")
        hashes.append(hash_files([Path("data")]))
    assert hashes[0] == hashes[1]


CHANGES = {
    "content": {"one": "1", "two": "3"},
    "name": {"one": "1", "three": "2"},
    "a file more": {"one": "1", "two": "2", "three": ""},
    "a file less": {"one": "1"},
    "content moved between files": {"one": "12", "two": ""},
    "names swapped": {"one": "2", "two": "1"},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_a_folders_hash_changes_with_names_and_contents(changed, tmp_path):
    before = hash_files([folder(tmp_path / "data", one="1", two="2")])
    for path in (tmp_path / "data").iterdir():
        path.unlink()
    assert hash_files([folder(tmp_path / "data", **changed)]) != before


def test_a_hash_does_not_depend_on_the_order_of_paths_or_their_overlap(tmp_path):
    data = folder(tmp_path / "data", one="1", two="2")
    assert hash_files([data / "two", data / "one", data]) == hash_files([data])


def test_compiled_python_does_not_change_a_hash(tmp_path):
    data = folder(tmp_path / "data", one="1")
    before = hash_files([data])
    write_text(data / "__pycache__/one.pyc", "x")
    assert hash_files([data]) == before


def test_equal_values_have_equal_hashes_and_others_others():
    assert hash_value(ORDERS[0]) == hash_value(ORDERS[1])
    assert hash_value({"a": 1}) != hash_value({"a": "1"})
