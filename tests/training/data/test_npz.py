"""Arrays of a cache: whole, or none; and mapped, without memory of their own."""

import numpy as np
import pytest

from redsm5_hpo.training.data.npz import mapped_npz, read_npz

ARRAYS = {"side_0": np.arange(60, dtype=np.int16).reshape(20, 3), "side_1": np.full((7, 2), -1, dtype=np.int16)}


@pytest.fixture
def path(tmp_path):
    np.savez(tmp_path / "a.npz", allow_pickle=False, **ARRAYS)
    return tmp_path / "a.npz"


@pytest.mark.parametrize("read", [read_npz, mapped_npz])
def test_the_arrays_of_a_file_are_those_that_were_written(path, read):
    found = read(path)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_mapped_arrays_are_in_the_file_and_outlive_its_name(path):
    found = mapped_npz(path)
    assert all(isinstance(array, np.memmap) for array in found.values())
    path.unlink()  # as another worker does where the folder is too large
    np.testing.assert_array_equal(found["side_0"], ARRAYS["side_0"])


def test_writing_to_a_mapped_array_changes_no_file(path):
    mapped_npz(path)["side_0"][:] = 0
    np.testing.assert_array_equal(mapped_npz(path)["side_0"], ARRAYS["side_0"])


def flipped(content):
    middle = content.index(ARRAYS["side_0"].tobytes()) + 5
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGED = {
    "empty": lambda _: b"",
    "cut": lambda content: content[:-30],
    "one bit": flipped,
    "another file": lambda _: b"no zip",
}


@pytest.mark.parametrize("read", [read_npz, mapped_npz])
@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_of_a_damaged_file_there_is_none(path, damage, read):
    path.write_bytes(damage(path.read_bytes()))
    assert read(path) is None


@pytest.mark.parametrize("read", [read_npz, mapped_npz])
def test_of_an_absent_file_there_is_none(tmp_path, read):
    assert read(tmp_path / "none.npz") is None


def test_a_compressed_file_is_not_mapped(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", allow_pickle=False, **ARRAYS)
    assert mapped_npz(tmp_path / "a.npz") is None
