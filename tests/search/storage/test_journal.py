"""The journal: nothing finished is lost, nothing damaged is read as good."""

from collections.abc import Callable
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StorageError, StudyError
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.storage.journal import open_journal
from tests.disks import full_disk, read_only_folder
from tests.search.conftest import COVERS, made

RECORDS = (made(1, 0.5), made(0, 0.25, state="pruned"), made(2, state="failed", reason="naïve — loss nan"))


def write(root: Path) -> Path:
    with open_journal(root, COVERS) as journal:
        for record in RECORDS:
            journal.append(record)
        return journal.path


def read(root: Path) -> tuple[tuple[TrialRecord, ...], tuple[int, ...]]:
    with open_journal(root, COVERS) as journal:
        return journal.records, journal.damaged


def test_what_was_appended_is_read_in_the_same_order(tmp_path: Path) -> None:
    write(tmp_path)
    assert read(tmp_path) == (RECORDS, ())


def test_a_new_journal_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path) == ((), ())


def test_a_journal_cut_within_a_line_gives_whole_lines_only(tmp_path: Path) -> None:
    path = write(tmp_path)
    content = path.read_bytes()
    line_ends = [position for position, byte in enumerate(content) if byte == ord("\n")]
    for length in (
        end + shift for end in line_ends for shift in (-100, -1, 0, 1, 2) if shift >= 0 or end > line_ends[0]
    ):
        path.write_bytes(content[:length])
        whole = content[:length].count(b"\n") - 1
        records, damaged = read(tmp_path)
        assert records == RECORDS[: max(whole, 0)]
        assert bool(damaged) is not content[:length].endswith(b"\n")


def test_appending_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    with open_journal(tmp_path, COVERS) as journal:
        journal.append(RECORDS[2])
    assert read(tmp_path) == (RECORDS, ())


DAMAGE: dict[str, Callable[[str], str]] = {
    "a changed digit": lambda line: line.replace("0.25", "0.26"),
    "no JSON": lambda line: line[:-1],
    "not a number": lambda line: line.replace("0.25", "NaN"),
    "another kind of object": lambda _: "[]",
    "an empty line": lambda _: "",
    "other spacing": lambda line: line.replace(": ", ":"),
    "a trial that is there already": lambda line: line,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_line_is_dropped_and_reported(tmp_path: Path, damage: Callable[[str], str]) -> None:
    path = write(tmp_path)
    header, first, second, third = path.read_text(encoding="utf-8").splitlines()
    repeated = damage(second) == second
    content = [header, first, first if repeated else damage(second), third]
    path.write_text("".join(line + "\n" for line in content), encoding="utf-8")
    assert read(tmp_path) == ((RECORDS[0], RECORDS[2]), (3,))
    assert read(tmp_path) == ((RECORDS[0], RECORDS[2]), ())  # the file is clean again


def test_a_damaged_first_line_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("of a test", "of another test"), encoding="utf-8")
    with pytest.raises(StudyError, match="is damaged or belongs to another study") as caught:
        read(tmp_path)
    assert f"delete the folder {path.parent}" in caught.value.remedy


def test_another_study_has_another_journal(tmp_path: Path) -> None:
    write(tmp_path)
    with open_journal(tmp_path, {"study": "of another test"}) as journal:
        assert journal.records == ()


@pytest.mark.parametrize("room", [0, 3], ids=["no room", "room for a part"])
def test_a_full_disk_is_an_error_and_loses_no_finished_trial(tmp_path: Path, room: int) -> None:
    with open_journal(tmp_path, COVERS) as journal:
        journal.append(RECORDS[0])
        with full_disk(journal.path.stat().st_size + room), pytest.raises(StorageError, match="cannot be written"):
            journal.append(RECORDS[1])
    assert read(tmp_path)[0] == RECORDS[:1]
    with open_journal(tmp_path, COVERS) as journal:
        journal.append(RECORDS[1])
    assert read(tmp_path) == (RECORDS[:2], ())


def test_a_folder_that_may_not_be_written_is_an_error() -> None:
    with read_only_folder() as folder, pytest.raises(StorageError, match="cannot be written"):
        read(folder)


def test_any_flipped_bit_loses_its_own_line_at_most(tmp_path: Path) -> None:
    path = write(tmp_path)
    content = path.read_bytes()
    start = content.index(b"\n") + 1
    for place in range(start, len(content), 41):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
        records, damaged = read(tmp_path)
        assert damaged
        assert all(record in RECORDS for record in records)
        assert 0 < len(records) < len(RECORDS)  # a line end that is lost joins two


def test_a_journal_kept_below_a_trial_loses_it_and_the_later_ones(tmp_path: Path) -> None:
    write(tmp_path)
    with open_journal(tmp_path, COVERS) as journal:
        journal.keep_below(1)
        assert journal.records == (RECORDS[1],)
        journal.append(RECORDS[0])
    assert read(tmp_path) == ((RECORDS[1], RECORDS[0]), ())


def test_a_discarded_journal_leaves_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path, COVERS) as journal:
        journal.append(RECORDS[0])
        journal.discard()
    assert list(tmp_path.iterdir()) == []
