"""What all tests share: one thread, since those of torch would compete with the workers that tests start.

Ctrl-C and a closed terminal end things, too: a shell that starts the tests in the background has them, and what they
start, ignore the first, and nohup the second.
"""

import signal

import torch

torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
