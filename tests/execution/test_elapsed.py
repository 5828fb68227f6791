"""The run time of a study."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from redsm5_hpo.execution.elapsed import elapsed


def ticking() -> Callable[[], float]:
    """A clock that advances ten seconds per reading."""
    ticks: Iterator[int] = count(0, 10)
    return lambda: float(next(ticks))


def test_a_run_adds_to_the_seconds_of_the_last_one(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), elapsed(tmp_path, ticking()):
        raise KeyboardInterrupt
    with elapsed(tmp_path, ticking()) as seconds:
        assert seconds() == 20.0


@pytest.mark.parametrize("left", ["", "x", "\0"], ids=["empty", "not a number", "NUL"])
def test_a_damaged_file_counts_from_zero(tmp_path: Path, left: str) -> None:
    (tmp_path / "seconds").write_text(left)
    with elapsed(tmp_path, ticking()) as seconds:
        assert seconds() == 10.0


def test_a_discarded_study_has_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    with elapsed(folder):
        folder.rmdir()
    assert not folder.exists()
