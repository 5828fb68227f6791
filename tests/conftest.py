"""What all tests share: one thread, since those of torch would compete with the workers that tests start.

Ctrl-C interrupts, too: a shell that starts the tests in the background has them, and what they start, ignore it.
"""

import signal

import torch

torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)
