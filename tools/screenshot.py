"""Draws docs/page.png, the picture in the README: `python -m tools.screenshot`, after `make page`.

Owns its size. It is what headless Chromium shows of report/index.html first.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from redsm5_hpo.core.errors import HpoError, run_command
from redsm5_hpo.pages.page import PAGE

PICTURE = Path("docs/page.png")
WIDTH, HEIGHT = 1280, 973  # pixels
BROWSERS = ("chromium", "google-chrome")


def main() -> None:
    """Draw the page of the working directory, and print the picture's path."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise HpoError("the page cannot be drawn", got=f"none of {', '.join(BROWSERS)}", remedy="install chromium")
    if not PAGE.exists():
        raise HpoError(f"{PAGE} does not exist", remedy="make page")
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--hide-scrollbars", f"--user-data-dir={profile}"]
        command += [
            f"--screenshot={PICTURE}",
            f"--window-size={WIDTH},{HEIGHT}",
            "--blink-settings=preferredColorScheme=1",
        ]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        subprocess.run([*command, PAGE.resolve().as_uri()], check=True, capture_output=True)  # noqa: S603 (our own page)
    print(PICTURE)


if __name__ == "__main__":
    run_command(main)
