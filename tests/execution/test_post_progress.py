"""The progress of predictions."""

from io import StringIO
from itertools import count

import pytest

from redsm5_hpo.execution.post_progress import PostProgress


class Terminal(StringIO):
    def isatty(self):
        return True


def reported(stream, finished, kept=0, step=20.0):
    """What is written for 100 posts by a clock that advances by `step` seconds per reading."""
    ticks = count(0.0, step)
    with PostProgress(100, kept, stream, lambda: next(ticks)) as progress:
        for posts in finished:
            progress.finished(posts)
    return stream.getvalue()


LINES = {
    "no line yet": ([10], 0, []),
    "a line after half a minute": ([10, 10], 0, ["20 of 100 posts, 0.5 posts/s, about 2 min 40 s left"]),
    "kept posts do not count for the rate": ([5, 5], 80, ["90 of 100 posts, 0.2 posts/s, about 40 s left"]),
    "the last line comes at once": ([100], 0, ["100 of 100 posts, 5.0 posts/s, 20 s"]),
}


@pytest.mark.parametrize(("finished", "kept", "lines"), LINES.values(), ids=LINES)
def test_a_log_gets_whole_lines_now_and_then(finished, kept, lines):
    assert reported(StringIO(), finished, kept) == "".join(f"{line}\n" for line in lines)


def test_a_log_gets_no_carriage_returns():
    assert "\r" not in reported(StringIO(), [10] * 10)


def test_predictions_continue_without_a_line_on_a_full_disk():
    class Full(StringIO):
        def write(self, *_):
            raise OSError(28, "No space left on device")

    assert reported(Full(), [100]) == ""


def test_a_terminal_gets_one_moving_line_with_the_rate():
    written = reported(Terminal(), [50, 50], step=0.0)
    assert "\r" in written
    assert "posts/s" in written
    assert "\n" not in written


def test_an_error_tells_how_much_is_kept():
    stream = StringIO()
    with pytest.raises(KeyError), PostProgress(100, 20, stream) as progress:
        progress.finished(5)
        raise KeyError
    assert stream.getvalue() == "25 of 100 posts are predicted and kept; the same command continues\n"
