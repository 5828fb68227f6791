"""What git must never hold: raw corpora but the demo, and access tokens.

Owns the check that the pre-commit hook and `make lint` run, over what is staged. Needs git and the standard library
alone. Names files, never what they hold.
"""

import re
import subprocess
import sys

# A folder's README says where to get its corpus.
_ALLOWED = re.compile(r"data/raw/(demo/[^/]+|[^/]+/README\.md)")
_TOKENS = {
    "a Hugging Face token": r"hf_[A-Za-z0-9]{30,}",
    "a DVC Studio token": r"(isat|dsat)_[A-Za-z0-9]{20,}",
}


def raw_files() -> list[str]:
    """Tracked or staged files below data/raw that may not be there."""
    names = _git("ls-files", "-z", "--", "data/raw").split("\0")
    return [name for name in names if name and not _ALLOWED.fullmatch(name)]


def files_with(pattern: str) -> list[str]:
    """Tracked or staged files that hold a match, binary ones too."""
    return [name for name in _git("grep", "--cached", "-z", "-l", "--text", "-E", "-e", pattern).split("\0") if name]


def main() -> None:
    """Exit with status 1 and name the files, if there are any."""
    faults = [f"{name}: a raw corpus stays out of git" for name in raw_files()]
    faults += [f"{name}: holds {what}" for what, pattern in _TOKENS.items() for name in files_with(pattern)]
    if faults:
        remedy = "take them out with `git rm --cached`; a token that was ever committed must be revoked"
        sys.exit("error: git would hold what it must not:\n  " + "\n  ".join(faults) + f"\n  remedy: {remedy}")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False, text=True)  # noqa: S603, S607 (git)
    if done.returncode > 1 or (done.returncode == 1 and arguments[0] != "grep"):  # grep says 1 for "none"
        sys.exit(f"error: git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
