"""Files that must never be in git: raw corpora other than the demo, and access tokens.

Owns the check of staged files by the pre-commit hook and `make lint`. Needs only git and the standard library. Prints
the names of files, never their contents.
"""

import re
import subprocess
import sys

_ALLOWED = re.compile(r"data/raw/(demo/[^/]+|README\.md)")
# What `dvc add` writes for a corpus, and no word more.
_POINTER_NAME = re.compile(r"data/raw/[^/]+\.dvc")
_POINTER = re.compile(r"outs:\n(?:[- ] (?:md5|size|nfiles|hash|path): \S+\n)+")
_TOKENS = {
    "a Hugging Face token": r"hf_[A-Za-z0-9]{30,}",
    "a DVC Studio token": r"(isat|dsat)_[A-Za-z0-9]{20,}",
}


def raw_files() -> list[str]:
    """Tracked or staged files below data/raw that must not be in git."""
    names = _git("ls-files", "-z", "--", "data/raw").split("\0")
    return [name for name in names if name and not _ALLOWED.fullmatch(name) and not _is_pointer(name)]


def files_with(pattern: str) -> list[str]:
    """Tracked or staged files that contain a match, binary files included."""
    return [name for name in _git("grep", "--cached", "-z", "-l", "--text", "-E", "-e", pattern).split("\0") if name]


def main() -> None:
    """Exit with status 1 and print the files, if there are any."""
    problems = [f"{name}: a raw corpus must not be in git" for name in raw_files()]
    problems += [f"{name}: contains {what}" for what, pattern in _TOKENS.items() for name in files_with(pattern)]
    if problems:
        remedy = "remove them with `git rm --cached`; revoke a token that was ever committed"
        sys.exit("error: these files must not be in git:\n  " + "\n  ".join(problems) + f"\n  remedy: {remedy}")


def _is_pointer(name: str) -> bool:
    return bool(_POINTER_NAME.fullmatch(name) and _POINTER.fullmatch(_git("show", f":{name}")))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False, text=True)  # noqa: S603, S607 (git)
    if done.returncode > 1 or (done.returncode == 1 and arguments[0] != "grep"):  # grep exits with 1 for "none"
        sys.exit(f"error: git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
