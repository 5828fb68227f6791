"""Child seeds: many seeds derived from one.

Owns the derivation and its numpy generators. Does not seed torch (training does).
"""

import hashlib

import numpy as np


def child_seed(seed: int, name: str, index: int = 0) -> int:
    """A seed in [0, 2**31) for the purpose `name` and position `index`, unrelated to the seed of any other pair."""
    digest = hashlib.sha256(f"{seed}/{name}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def generator(seed: int, name: str, index: int = 0) -> np.random.Generator:
    """A numpy generator seeded for the purpose `name` and position `index`."""
    return np.random.default_rng(child_seed(seed, name, index))
