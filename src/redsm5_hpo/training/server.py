"""What the workers' server imports before all else: from then on it ends with the driver, even while it still imports.

Owns that alone. Left to itself the server looks for its driver only when its imports are done.
"""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h; forked workers do not inherit it, they watch for themselves

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
