"""A driver to kill: its only worker prints its process id and sleeps."""

import os
import time

from redsm5_hpo.training.workers import training_workers


def sleep():
    print(os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    with training_workers(1) as pool:
        pool.submit(sleep).result()
