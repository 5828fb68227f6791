"""Where sockets between processes lie: their paths have a small limit, which a long TMPDIR exceeds.

Owns the choice of the folder. Other temporary files stay where TMPDIR says.
"""

import os
import tempfile
from multiprocessing import util
from pathlib import Path

from redsm5_hpo.core.errors import HpoError

SHORT = Path("/tmp")  # noqa: S108 (the folders made in it are private)
_LONGEST_PATH = 103  # bytes; of macOS, Linux has 107
# `/redsm5-hpo-UID/PID-HASH.sock`; multiprocessing's own `/pymp-XXXXXXXX/listener-XXXXXXXX` is shorter.
_LONGEST_NAME = len("/redsm5-hpo-4294967295/4194304-0123456789abcdef.sock")


def use_short_temporary_folder() -> Path:
    """The folder for sockets, of multiprocessing too: that of TMPDIR, or /tmp if paths in it would be too long.

    Raises:
        HpoError: TMPDIR is too long, and /tmp cannot be written.
    """
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) + _LONGEST_NAME <= _LONGEST_PATH:
        return Path(usual)
    try:
        tempfile.tempdir = str(SHORT)
        util.get_temp_dir()  # multiprocessing makes its folder once, and removes it at the end
    except OSError as error:
        raise HpoError(
            "there is no folder for the sockets of workers",
            got=f"TMPDIR={usual}, {len(os.fsencode(usual))} bytes, and {SHORT}: {error.strerror}",
            allowed=f"a folder of at most {_LONGEST_PATH - _LONGEST_NAME} bytes that can be written",
            remedy="set TMPDIR to a shorter path",
        ) from None
    finally:
        tempfile.tempdir = usual
    return SHORT
