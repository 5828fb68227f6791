"""The fork server of the workers: one for all stages of a DVC run.

Owns when it starts, its environment, and how the next stage finds it. Importing torch and transformers takes most of a
stage's start, so the first stage starts the server before its own imports, and later stages use it until DVC ends
(shared_server.py). Outside DVC, and where sharing is impossible (not Linux, no private folder for the socket, a system
call that a sandbox refuses, or Python 3.14, whose servers authenticate), each driver has multiprocessing's own server
(server_preload.py).
"""

import hashlib
import multiprocessing
import os
import socket
import sys
import sysconfig
from collections.abc import Sequence
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path

import redsm5_hpo
from redsm5_hpo.core.errors import run_command
from redsm5_hpo.core.files import hash_files
from redsm5_hpo.core.locks import lock_if_possible
from redsm5_hpo.execution.executor_choice import uses_cluster
from redsm5_hpo.execution.socket_paths import use_short_temporary_folder
from redsm5_hpo.execution.stage_process import dvc_process, end_with_dvc

# Huge pages, and freed memory kept for the next step: training allocates and frees the same large tensors repeatedly,
# and two workers otherwise spend a tenth of their time on page faults (bench/README.md). Only glibc reads it.
MALLOC = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=4294967296"
# Size of oneDNN's cache of kernels, by default 1,024: it compiles one per shape of a product, fifteen or more for every
# window length, and a search over batch sizes would compile them repeatedly.
KERNEL_CACHE_SIZE = "8192"
_STAGE_VARIABLES = ("DVC_STAGE", "_")  # environment variables that differ between the stages of one run

imports: tuple[str, ...] = ()  # the modules of start_worker_server, for workers elsewhere


def start_worker_server(*preload: str) -> None:
    """Find the server of this DVC run, or start one that imports the modules `preload`.

    Call it under `if __name__ == "__main__"`: workers import the main module too.
    """
    global imports
    end_with_dvc()
    imports = preload
    run_command(_start_if_local)  # an error ends the command, whose own run_command comes later


def _start_if_local() -> None:
    if not uses_cluster():
        start_server(*imports)


def start_server(*preload: str) -> None:
    """The same for a process that is no stage; raises HpoError where there is no folder for sockets."""
    os.environ.setdefault("GLIBC_TUNABLES", MALLOC)
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNEL_CACHE_SIZE)
    temporary = use_short_temporary_folder()
    if not _shared_server_started(temporary, preload):
        multiprocessing.set_forkserver_preload(["redsm5_hpo.execution.server_preload", *preload])
        forkserver.ensure_running()


def _shared_server_started(temporary: Path, preload: tuple[str, ...]) -> bool:
    if "DVC_STAGE" not in os.environ or sys.platform != "linux" or sys.version_info >= (3, 14):
        return False
    try:
        folder = _socket_folder(temporary)
        if folder is None:
            return False
        server = _SharedServer(folder, dvc_process(), preload)
        server.ensure_running()
    except OSError:  # a full disk, no /proc, a kernel or a sandbox without pidfd_open
        return False
    forkserver.connect_to_new_process = server.connect_to_new_process
    return True


class _SharedServer(forkserver.ForkServer):
    """A fork server that another process may have started, and that outlives this one.

    The name of its socket identifies DVC's process, the code, installed packages, environment and folder. A stage for
    which one of these differs starts another server.
    """

    def __init__(self, folder: Path, dvc: int, preload: tuple[str, ...]) -> None:
        super().__init__()
        self._dvc, self._preload = dvc, preload
        self._socket = folder / f"{dvc}-{_identity(dvc)}.sock"
        # multiprocessing connects to the address, and passes each worker a descriptor that keeps the server alive; this
        # server lives as long as DVC, so the descriptor is a dummy.
        self._forkserver_address = str(self._socket)
        self._forkserver_alive_fd = os.open(os.devnull, os.O_WRONLY)

    def ensure_running(self) -> None:
        """Start the server unless its socket exists."""
        resource_tracker.ensure_running()
        with (self._socket.parent / "lock").open("w") as lock:
            lock_if_possible(lock)  # two stages that start at the same time start one server
            if not self._socket.exists():
                self._start()

    def connect_to_new_process(self, fds: Sequence[int]) -> tuple[int, int]:
        """As in multiprocessing, but a killed server is replaced."""
        try:
            return super().connect_to_new_process(fds)
        except ConnectionRefusedError:
            self._socket.unlink(missing_ok=True)
            return super().connect_to_new_process(fds)

    def _start(self) -> None:
        dvc = os.pidfd_open(self._dvc)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self._socket))
            listener.listen()
            call = f"serve({listener.fileno()}, {dvc}, {self._preload!r}, {str(self._socket)!r}, {sys.path!r})"
            code = f"from redsm5_hpo.execution.shared_server import serve; {call}"
            command = [sys.executable, *util._args_from_interpreter_flags(), "-c", code]  # type: ignore[attr-defined]
            util.spawnv_passfds(os.fsencode(sys.executable), command, [listener.fileno(), dvc])
        os.close(dvc)


def _socket_folder(temporary: Path) -> Path | None:
    """A private folder, because a client of the socket can run code; None when another user owns the name."""
    folder = temporary / f"redsm5-hpo-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        return None
    for path in folder.glob("*.sock"):  # of killed servers
        if not Path("/proc", path.name.partition("-")[0]).exists():
            path.unlink(missing_ok=True)
    return folder


def _identity(dvc: int) -> str:
    """A short hash of all that workers depend on beside their requests."""
    # Process numbers are reused, so the start time, field 22, is included; the name, field 2, may contain blanks.
    started = Path(f"/proc/{dvc}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    packages = Path(sysconfig.get_path("purelib")).stat().st_mtime_ns  # changes when a package is installed
    settings = sorted((name, value) for name, value in os.environ.items() if name not in _STAGE_VARIABLES)
    code = hash_files([Path(redsm5_hpo.__file__).parent])
    identity = repr((started, sys.executable, packages, str(Path.cwd()), code, settings))
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
