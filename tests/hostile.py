"""Files that would run a command when read carelessly.

Owns the payloads: each writes its canary, an empty file. Pickles are real ones, made by pickle and by torch.
"""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


class Payload:
    """Writes the canary when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.canary,)


def write_pickle(path: Path, canary: Path) -> None:
    """A plain pickle."""
    path.write_bytes(pickle.dumps(Payload(canary)))


def write_torch_pickle(path: Path, canary: Path) -> None:
    """Weights as torch.save writes them, with the payload among the tensors."""
    torch.save({"embeddings.word_embeddings.weight": Payload(canary)}, path)


def write_code(path: Path, canary: Path) -> None:
    """A module that runs when imported, with whatever class is asked of it."""
    path.write_text(f"from pathlib import Path\nPath({str(canary)!r}).touch()\ndef __getattr__(name): return dict\n")


def edit_json(path: Path, **changes: Any) -> None:
    """Add keys to a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
