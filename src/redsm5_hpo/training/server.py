"""What the workers' server imports before all else: how it ends, and how it imports.

Owns these two. From here on it ends with the driver, even while it still imports: left to itself it looks for its
driver only when its imports are done. And it looks for no garbage among what it imports, a seventh of the time; workers
do again.
"""

import ctypes
import gc
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h; forked workers do not inherit it, they watch for themselves

gc.disable()
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
