"""The hash of dvc.lock."""

from pathlib import Path

import pytest

from redsm5_hpo.core.dvc_hash import dvc_hash


def test_the_hash_of_a_folder_and_of_a_file_is_the_one_that_dvc_add_records(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "b.txt").write_text("one")
    (tmp_path / "below/a.txt").write_text("two")
    assert dvc_hash(tmp_path) == "36dc1ede6db84f990592e49a3c646b58.dir"
    assert dvc_hash(tmp_path / "b.txt") == "f97c5d29941bfb1b2fdab0874906ab82"


def test_what_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        dvc_hash(tmp_path / "nothing")
