"""The hash of a file or folder in dvc.lock, computed as DVC does.

Owns the formula: of a file its MD5, of a folder an MD5 over the MD5s and names of its own files.
"""

import hashlib
import json
from pathlib import Path

from redsm5_hpo.core.files import own_files


def dvc_hash(path: Path) -> str:
    """The hash that dvc.lock records; raises OSError where something is missing or vanishes meanwhile."""
    if not path.is_dir():
        return _md5(path.read_bytes())
    files = {file.relative_to(path).as_posix(): _md5(file.read_bytes()) for file in own_files(path)}
    listed = [{"md5": files[name], "relpath": name} for name in sorted(files)]
    return _md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
