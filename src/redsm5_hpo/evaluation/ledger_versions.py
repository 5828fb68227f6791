"""The versions of the test ledger that git knows: those of branches, tags, experiments and working trees.

Owns the access to git. Does not read the ledger's lines. An experiment in a temporary workspace of DVC (`dvc exp run
--temp`, the queue) has a git repository of its own with little in it, so the project's is asked too.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_REFS = ("refs/heads", "refs/remotes", "refs/tags", "refs/exps", "refs/stash")


class Versions(NamedTuple):
    """Each version's content by the name of the place where it is first found, and what could not be asked."""

    contents: dict[str, bytes]
    unseen: tuple[str, ...]


class _GitError(Exception):
    pass


def ledger_versions(ledger: Path) -> Versions:
    """The versions of `ledger`, a path below the project's folder, that git knows here and in the DVC project."""
    here = Path.cwd()
    contents: dict[str, bytes] = {}
    unseen: list[str] = []
    for root in sorted({here, Path(os.environ.get("DVC_ROOT", here)).resolve()}, key=lambda root: root != here):
        try:
            if root == here and not _git(root, "ls-files", "--", str(ledger)):
                unseen.append(f"git does not track {ledger}, so experiments and branches forget it: `git add {ledger}`")
            for name, content in (*_in_refs(root, ledger), *_in_working_trees(root, ledger)):
                if content not in contents.values():
                    contents[name if root == here else f"{name} of {root}"] = content
        except _GitError as error:
            unseen.append(f"evaluations on other branches and in experiments of {root} are not counted: {error}")
    return Versions(contents, tuple(unseen))


def _in_refs(root: Path, ledger: Path) -> Iterator[tuple[str, bytes]]:
    refs = ["HEAD", *_git(root, "for-each-ref", "--format=%(refname)", *_REFS).decode().splitlines()]
    prefix = _git(root, "rev-parse", "--show-prefix").decode().strip()
    asked = "".join(f"{ref}:{prefix}{ledger.as_posix()}\n" for ref in refs)
    output = _git(root, "cat-file", "--batch=%(objecttype) %(objectsize)", asked=asked.encode())
    for ref in refs:
        header, _, output = output.partition(b"\n")
        if header.startswith(b"blob "):  # else: "… missing"
            size = int(header.split()[1])
            yield ref, output[:size]
            output = output[size + 1 :]


def _in_working_trees(root: Path, ledger: Path) -> Iterator[tuple[str, bytes]]:
    prefix = _git(root, "rev-parse", "--show-prefix").decode().strip()
    for line in _git(root, "worktree", "list", "--porcelain").decode(errors="surrogateescape").splitlines():
        if line.startswith("worktree "):
            file = Path(line.removeprefix("worktree "), prefix, ledger)
            if file.is_file():
                yield str(file), file.read_bytes()


def _git(root: Path, *arguments: str, asked: bytes = b"") -> bytes:
    # Without lazy fetches: in a partial clone git would ask another machine for what it lacks.
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, check=False, env=environment)  # noqa: S603
    except OSError as error:
        raise _GitError(f"git cannot be run ({error.strerror})") from None
    if done.returncode:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[0]
        raise _GitError(reason)
    return done.stdout
