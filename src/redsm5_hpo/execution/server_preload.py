"""The first import of a driver's own fork server: how it ends, and how it imports.

Owns these two settings. The server then ends with its driver even while it imports; multiprocessing checks for the
driver only after the imports. Garbage collection is off, which saves a seventh of the import time; workers turn it on.
"""

import ctypes
import gc
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h; forked workers do not inherit it: each watches its driver itself

gc.disable()
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
