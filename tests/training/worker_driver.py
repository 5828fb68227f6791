"""A driver to kill: its only worker says its process id and sleeps."""

import os
import time

from redsm5_hpo.training.workers import worker_pool


def sleep():
    print(os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    with worker_pool(1) as pool:
        pool.submit(sleep).result()
