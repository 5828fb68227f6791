"""Canonical files."""

import csv
import math
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StorageError
from redsm5_hpo.core.files import (
    hash_files,
    hash_value,
    read_json,
    read_jsonl,
    read_yaml,
    write_csv,
    write_json,
    write_jsonl,
    write_text,
    write_yaml,
)
from tests.disks import full_disk, read_only_folder, umask_of
from tests.stray_files import STRAY_FILES

VALUE = {"b": [1, 2.5, None, True], "a": {"é": "ü\n", "Z": ""}}
ORDERS = [VALUE, {"a": {"Z": "", "é": "ü\n"}, "b": [1, 2.5, None, True]}]
WRITERS = {"json": write_json, "jsonl": lambda path, value: write_jsonl(path, [value]), "yaml": write_yaml}
UMASKS = {"all may read": (0o022, 0o644), "the group may read": (0o027, 0o640), "nobody else may": (0o077, 0o600)}
READERS = {"json": read_json, "jsonl": lambda path: read_jsonl(path)[0], "yaml": read_yaml}


@pytest.mark.parametrize("form", WRITERS)
def test_equal_content_gives_equal_bytes(form, tmp_path):
    for name, value in zip("ab", ORDERS, strict=True):
        WRITERS[form](tmp_path / name, value)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("form", WRITERS)
def test_a_written_value_reads_back(form, tmp_path):
    WRITERS[form](tmp_path / "file", VALUE)
    assert READERS[form](tmp_path / "file") == VALUE


BYTES = {
    "json": '{\n  "a": "é",\n  "b": [\n    1\n  ]\n}\n',
    "jsonl": '{"a": "é", "b": [1]}\n',
    "yaml": "a: é\nb:\n- 1\n",
}


@pytest.mark.parametrize("form", WRITERS)
def test_a_file_has_sorted_keys_utf8_text_and_one_final_newline(form, tmp_path):
    WRITERS[form](tmp_path / "file", {"b": [1], "a": "é"})
    assert (tmp_path / "file").read_bytes() == BYTES[form].encode()


@pytest.mark.parametrize("read", [read_json, read_jsonl], ids=["JSON", "JSONL"])
def test_reading_half_a_character_is_an_error(read, tmp_path):
    (tmp_path / "file").write_text('{"a": "\\ud83d"}\n')
    with pytest.raises(ValueError, match="surrogates not allowed"):
        read(tmp_path / "file")
    (tmp_path / "file").write_text('{"a": "\\ud83d\\ude2d"}\n')
    assert read(tmp_path / "file") in ({"a": "😭"}, [{"a": "😭"}])


@pytest.mark.parametrize("cell", ["a\rb", "a\nb", "a\r\nb", "\r", ' "', ",", "ä 😭"])
def test_a_csv_cell_reads_back_unchanged(cell, tmp_path):
    write_csv(tmp_path / "file", ("a", "b"), [(cell, cell)])
    with (tmp_path / "file").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [["a", "b"], [cell, cell]]


def test_a_csv_has_a_header_minimal_quotes_and_empty_fields_for_none(tmp_path):
    write_csv(tmp_path / "file", ("a", "b"), [(1, None), ('x,"y"', 0.5)])
    assert (tmp_path / "file").read_bytes() == b'a,b\n1,\n"x,""y""",0.5\n'


def test_jsonl_keeps_the_order_of_its_records(tmp_path):
    write_jsonl(tmp_path / "file", ({"n": number} for number in (2, 1, 3)))
    assert [record["n"] for record in read_jsonl(tmp_path / "file")] == [2, 1, 3]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_nan_and_infinity_are_errors_and_keep_the_old_file(form, value, tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        WRITERS[form](path, {"loss": value})
    assert path.read_text() == "old"


def test_a_full_disk_keeps_the_old_file_only(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with full_disk(2), pytest.raises(StorageError, match=f"{path} cannot be written") as caught:
        write_text(path, "new")
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"file": "old"}
    assert (caught.value.got, caught.value.remedy.split()[0]) == ("File too large", "free")


def test_a_read_only_folder_is_named():
    with read_only_folder() as folder:
        for path in (folder / "file", folder / "deep" / "file"):
            with pytest.raises(StorageError, match=rf"{path} cannot be written\n  got: Permission denied"):
                write_text(path, "new")


def leftover(path, process, kind=Path.touch, machine=None):
    machine = machine or socket.gethostname().replace(".", "-")
    part = path.with_name(f".{path.name}.{machine}.{process}.abcdefgh.part")
    kind(part)
    return part


@pytest.mark.parametrize("kind", [Path.touch, Path.mkdir])
def test_the_next_write_removes_the_partial_files_of_killed_writers(kind, tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    leftover(tmp_path / "file", ended.pid, kind)
    kept = [
        leftover(tmp_path / "file", os.getpid(), kind),
        leftover(tmp_path / "other", ended.pid, kind),
        leftover(tmp_path / "file", ended.pid, kind, machine="another"),  # where that process may be running
    ]
    write_text(tmp_path / "file", "new")
    assert set(tmp_path.iterdir()) == {tmp_path / "file", *kept}


WRITE = """
import sys, time
from pathlib import Path
from redsm5_hpo.core.files import replaced_file
with replaced_file(Path(sys.argv[1])) as stream:
    stream.write(b"half")
    stream.flush()
    print("half", flush=True)
    time.sleep(60)
"""


def test_a_killed_writer_keeps_the_old_file_and_the_next_removes_its_partial_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", WRITE, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:  # noqa: S603 (our own)
        assert writer.stdout.readline() == "half\n"
        writer.kill()
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    write_text(path, "new")
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"file": "new"}


def test_a_write_creates_parent_folders(tmp_path):
    write_text(tmp_path / "a/b/file", "text")
    assert (tmp_path / "a/b/file").read_text() == "text"


@pytest.mark.parametrize(("umask", "mode"), UMASKS.values(), ids=UMASKS)
def test_who_may_read_a_written_file_is_the_umasks_choice(tmp_path, umask, mode):
    with umask_of(umask):
        write_text(tmp_path / "file", "text")
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode


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
    "one more file": {"one": "1", "two": "2", "three": ""},
    "one file less": {"one": "1"},
    "content moved between files": {"one": "12", "two": ""},
    "swapped names": {"one": "2", "two": "1"},
    "a name that looks like a stray file's": {"one": "1", "two": "2", "tilde~.csv": "", "under_.py": ""},
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


@pytest.mark.parametrize("name", STRAY_FILES)
def test_a_stray_file_does_not_change_a_hash(name, tmp_path):
    data = folder(tmp_path / "data", one="1", **{"sub/two.csv": "2"})
    before = hash_files([data])
    for parent in (data, data / "sub"):
        write_text(parent / name, "")
    assert hash_files([data]) == before


def test_a_folder_below_a_hidden_one_has_a_hash_of_its_files(tmp_path):
    data = folder(tmp_path / ".hidden" / "__pycache__", one="1")
    before = hash_files([data])
    write_text(data / "one", "2")
    assert hash_files([data]) != before


def test_only_equal_values_have_equal_hashes():
    assert hash_value(ORDERS[0]) == hash_value(ORDERS[1])
    assert hash_value({"a": 1}) != hash_value({"a": "1"})
