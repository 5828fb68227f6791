"""Why a study starts over: what has changed since the journals of the same stage and architecture were begun.

Owns the comparison of fingerprints and its message. Does not decide which journal a study continues with.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from redsm5_hpo.core.files import Json

_SHOWN = 6  # changes that are named; the others are counted
_NAMES = {"settings": "setting", "encoders": "encoder", "inputs": "input", "code": "code of", "libraries": "library"}
_MISSING = object()


def starts_over(root: Path, covers: dict[str, Json]) -> list[str]:
    """The message for a study without trials that begins beside journals that have some; empty if there are none.

    Of several such journals it names the one with the fewest changes, and of these the one with the most trials.
    """
    study = (covers.get("architecture"), covers.get("stage"))
    found = []
    for path in sorted(root.glob("*/journal.jsonl")):
        before, trials = _read(path)
        if trials and study == (before.get("architecture"), before.get("stage")) and before != covers:
            found.append((changes(before, covers), trials, path.parent))
    if not found:
        return []
    changed, trials, folder = min(found, key=lambda each: (len(each[0]), -each[1]))
    shown = [*changed[:_SHOWN], *([f"{len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else [])]
    kept = "1 trial" if trials == 1 else f"{trials} trials"
    return [f"starts over without the {kept} finished in {folder}, since these changed: {', '.join(shown)}"]


def changes(before: dict[str, Json], now: dict[str, Json]) -> list[str]:
    """The names of all that differs between two fingerprints, such as `setting hpo.seed` or `code of training`."""
    names = [_name(path) for path in _different(before, now, ())]
    return list(dict.fromkeys(names))


def _different(before: Json, now: Json, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            yield from _different(before.get(key, _MISSING), now.get(key, _MISSING), (*path, key))
    elif before != now:
        yield path


def _name(path: tuple[str, ...]) -> str:
    kind, *rest = path
    return f"{_NAMES.get(kind, kind)} {'.'.join(rest)}" if rest else kind


def _read(path: Path) -> tuple[dict[str, Json], int]:
    """What the study of a journal depends on, and how many trials it has; nothing for a damaged header."""
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            covers = json.loads(stream.readline())["content"]
            return (covers, sum(line.endswith("\n") for line in stream)) if isinstance(covers, dict) else ({}, 0)
    except (OSError, ValueError, TypeError, KeyError):
        return {}, 0
