"""Files of arrays that are caches: what cannot be read is computed again."""

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ERRORS = (OSError, EOFError, RuntimeError, TypeError, ValueError, struct.error, zipfile.BadZipFile)
# Where a member's header has the lengths of its name and of an extra field, both of which come before its content, and
# where the header ends: section 4.3.7 of the .ZIP file format specification.
_LENGTHS, _HEADER_BYTES = 26, 30


def read_npz(path: Path) -> dict[str, NDArray[Any]] | None:
    """All arrays of a file by name; None for one that is absent or damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:  # a zip, which has a checksum for each array
            return dict(arrays)
    except _ERRORS:
        return None


def mapped_npz(path: Path) -> dict[str, NDArray[Any]] | None:
    """The same of a file without compression, in the file instead of in memory: its readers share its pages.

    Writing to an array changes neither the file nor what others read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:  # all checksums
                return None
            return {Path(each.filename).stem: _mapped(path, archive, each) for each in archive.infolist()}
    except _ERRORS:
        return None


def _mapped(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is compressed")
    with path.open("rb") as stream:
        stream.seek(member.header_offset + _LENGTHS)
        content = member.header_offset + _HEADER_BYTES + sum(struct.unpack("<HH", stream.read(4)))
    with archive.open(member) as stream:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError(f"{member.filename} has another header")
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
        order: Any = "F" if by_columns else "C"
        return np.memmap(path, dtype, "c", content + stream.tell(), shape, order)
