"""The server that workers are forked from: one for all stages of a DVC run.

Owns when it starts, in which environment, and how the next stage finds it. Importing torch and transformers takes most
of a stage's start, so the first stage starts the server before its own imports and leaves it to those that follow; it
ends with DVC (run_server). Outside DVC, and where it cannot be shared (no Linux, no folder of one's own for its socket,
or Python 3.14 with its authenticated servers), each driver has multiprocessing's own server (server).
"""

import fcntl
import hashlib
import multiprocessing
import os
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path

import redsm5_hpo
from redsm5_hpo.files import hash_files
from redsm5_hpo.processes import end_with_dvc

# Large pages and memory kept for the next step: training allocates and frees the same large tensors all the time, and
# two workers spend a tenth of their time on page faults otherwise (bench/README.md). Read by glibc alone.
MALLOC = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=4294967296"
# Kernels that oneDNN keeps, 1,024 unless told: it makes one for each shape of each product, fifteen or more for every
# length of windows, and a search over batch sizes would make them again and again.
KERNELS_KEPT = "8192"
_OF_ONE_STAGE = ("DVC_STAGE", "_")  # environment variables in which the stages of one run differ


def start_worker_server(*preload: str) -> None:
    """Find the server of this DVC run, or start one that imports the modules `preload` and waits.

    Call it under `if __name__ == "__main__"`: workers import the main module too.
    """
    end_with_dvc()
    os.environ.setdefault("GLIBC_TUNABLES", MALLOC)
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS_KEPT)
    shared = "DVC_STAGE" in os.environ and sys.platform == "linux" and sys.version_info < (3, 14)
    if shared and (folder := _socket_folder()):
        server = _RunServer(folder, os.getppid(), preload)
        forkserver.connect_to_new_process = server.connect_to_new_process
        server.ensure_running()
    else:
        multiprocessing.set_forkserver_preload(["redsm5_hpo.training.server", *preload])
        forkserver.ensure_running()


class _RunServer(forkserver.ForkServer):
    """A fork server that another process may have started, and that outlives this one.

    The name of its socket says what it was started from: DVC's process, code, installed packages, environment, folder.
    A stage for which one of these is another one starts another server.
    """

    def __init__(self, folder: Path, dvc: int, preload: tuple[str, ...]) -> None:
        super().__init__()
        self._dvc, self._preload = dvc, preload
        self._socket = folder / f"{dvc}-{_identity(dvc)}.sock"
        # Where multiprocessing connects to, and what it hands each worker to keep its server alive: here DVC does.
        self._forkserver_address = str(self._socket)
        self._forkserver_alive_fd = os.open(os.devnull, os.O_WRONLY)

    def ensure_running(self) -> None:
        """Start the server unless its socket is there."""
        resource_tracker.ensure_running()
        with (self._socket.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two stages that start at once start one
            if not self._socket.exists():
                self._start()

    def connect_to_new_process(self, fds: Sequence[int]) -> tuple[int, int]:
        """As multiprocessing's; a server that was killed is replaced."""
        try:
            return super().connect_to_new_process(fds)
        except ConnectionRefusedError:
            self._socket.unlink(missing_ok=True)
            return super().connect_to_new_process(fds)

    def _start(self) -> None:
        watched = os.pidfd_open(self._dvc)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self._socket))
            listener.listen()
            call = f"serve({listener.fileno()}, {watched}, {self._preload!r}, {str(self._socket)!r}, {sys.path!r})"
            code = f"from redsm5_hpo.training.run_server import serve; {call}"
            command = [sys.executable, *util._args_from_interpreter_flags(), "-c", code]  # type: ignore[attr-defined]
            util.spawnv_passfds(os.fsencode(sys.executable), command, [listener.fileno(), watched])
        os.close(watched)


def _socket_folder() -> Path | None:
    """A folder that nobody else can use, since whoever connects has code run; None where its name is taken."""
    folder = Path(tempfile.gettempdir()) / f"redsm5-hpo-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        return None
    for path in folder.glob("*.sock"):  # of servers that were killed
        if not Path("/proc", path.name.partition("-")[0]).exists():
            path.unlink(missing_ok=True)
    return folder


def _identity(dvc: int) -> str:
    """All that workers depend on beside what they are sent, as a short name."""
    # The 22nd field is when the process started, for numbers come back; its name, the second, may hold blanks.
    started = Path(f"/proc/{dvc}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    packages = Path(sysconfig.get_path("purelib")).stat().st_mtime_ns  # changes when one is installed
    settings = sorted((name, value) for name, value in os.environ.items() if name not in _OF_ONE_STAGE)
    code = hash_files([Path(redsm5_hpo.__file__).parent])
    found = repr((started, sys.executable, packages, str(Path.cwd()), code, settings))
    return hashlib.sha256(found.encode()).hexdigest()[:16]
