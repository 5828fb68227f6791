"""How long a study has taken."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from redsm5_hpo.search.stopwatch import stopwatch


def ticking() -> Callable[[], float]:
    """A clock that is ten seconds later at each look."""
    ticks: Iterator[int] = count(0, 10)
    return lambda: float(next(ticks))


def test_a_run_goes_on_counting_where_the_last_one_ended(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), stopwatch(tmp_path, ticking()):
        raise KeyboardInterrupt
    with stopwatch(tmp_path, ticking()) as seconds:
        assert seconds() == 20.0


@pytest.mark.parametrize("left", ["", "x", "\0"], ids=["empty", "no number", "no text"])
def test_a_damaged_count_starts_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / "seconds").write_text(left)
    with stopwatch(tmp_path, ticking()) as seconds:
        assert seconds() == 10.0


def test_a_discarded_study_leaves_no_count(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    with stopwatch(folder):
        folder.rmdir()
    assert not folder.exists()
