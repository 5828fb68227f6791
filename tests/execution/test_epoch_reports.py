"""Reports of running trials: what is sent arrives, whoever else sends, and nobody waits for a reader."""

import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from redsm5_hpo.execution.epoch_reports import EpochReports, PipeSender, local_reports

WAIT_SECONDS = 60
MANY = 500
SENDING = """
import sys
from pathlib import Path
from redsm5_hpo.execution.epoch_reports import PipeSender
send, number = PipeSender(Path(sys.argv[1])), 0
while True:
    send(int(sys.argv[2]), number := number + 1)
"""


def received(reports: EpochReports, count: int) -> list[tuple[int, int]]:
    """So many reports, as they come."""
    found: list[tuple[int, int]] = []
    while len(found) < count:
        assert wait([reports.news], timeout=WAIT_SECONDS).done
        found += reports.take()
    return found


def test_what_workers_send_arrives_in_their_order() -> None:
    reports = EpochReports()
    with local_reports(reports) as sender, ThreadPoolExecutor(4) as pool:
        for number in range(4):
            pool.submit(lambda number: [sender(number, epoch) for epoch in range(MANY)], number)
        found = received(reports, 4 * MANY)
    for number in range(4):
        assert [epoch for trial, epoch in found if trial == number] == list(range(MANY))


def test_news_is_done_while_there_is_a_report_to_take() -> None:
    reports = EpochReports()
    assert not reports.news.done()
    reports.receive(3, 2)
    reports.receive(3, 3)
    assert reports.news.done()
    assert reports.take() == [(3, 2), (3, 3)]
    assert not reports.news.done()
    assert reports.take() == []


def test_senders_that_are_killed_leave_whole_reports() -> None:
    reports = EpochReports()
    with local_reports(reports) as sender:
        command = [sys.executable, "-c", SENDING, str(sender.path)]
        senders = [subprocess.Popen([*command, str(number)]) for number in range(2)]  # noqa: S603 (our own)
        received(reports, MANY)
        for each in senders:
            os.kill(each.pid, signal.SIGKILL)
            each.wait()
        sender(7, 1)
        found = reports.take()
        while (7, 1) not in found:
            found += received(reports, 1)
    assert {number for number, _ in found} <= {0, 1, 7}


def test_a_report_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    PipeSender(tmp_path / "pipe")(1, 2)
    PipeSender(tmp_path / "nowhere")(1, 2)


def test_a_full_pipe_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    unread = os.open(tmp_path / "pipe", os.O_RDWR)
    for epoch in range(10_000):
        PipeSender(tmp_path / "pipe")(1, epoch)
    os.close(unread)


def test_a_sender_can_be_sent() -> None:
    sender = PipeSender(Path("pipe"))
    assert pickle.loads(pickle.dumps(sender)) == sender  # noqa: S301 (our own bytes)


def test_a_channel_leaves_no_pipe_behind() -> None:
    with local_reports(EpochReports()) as sender:
        assert sender.path.is_fifo()
    assert not sender.path.parent.exists()
