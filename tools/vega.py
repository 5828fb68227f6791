"""Fetches Vega into dvc_plots/vega, so that the page of `dvc plots show` needs no network: `make plots-offline`.

Owns the versions, which are those of DVC's own page, and their hashes. The page is .dvc/plots/page.html.
"""

import base64
import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path
from typing import NamedTuple

from redsm5_hpo.core.errors import HpoError, run_command
from redsm5_hpo.core.files import write_text

FOLDER = Path("dvc_plots/vega")
_REGISTRY = "https://registry.npmjs.org"


class Package(NamedTuple):
    """A package of the npm registry, and the SHA-512 that the registry states for its archive, in base64."""

    name: str
    version: str
    sha512: str

    @property
    def url(self) -> str:
        """Of its archive."""
        return f"{_REGISTRY}/{self.name}/-/{self.name}-{self.version}.tgz"

    @property
    def script(self) -> str:
        """The file of the page."""
        return f"{self.name}.min.js"


PACKAGES = (
    Package(
        "vega", "5.20.2", "qmH7aD9GGPpssVdxL1xgcdxTbQzyRUeRR16Os385ymvQhiwCYQNA6+eXUPAZDTVLfk0RXu6Jzj6kUE5jQ80EVw=="
    ),
    Package(
        "vega-lite", "5.2.0", "Yxcg8MvYfxHcG6BbkaKT0oVCIMIcE19UvqIsEwBmyd/7h2nzW7oRnID81T8UrY7hpDrIr6wa2JADOT2dhGNErw=="
    ),
    Package(
        "vega-embed",
        "6.18.2",
        "wcDyQPE4J5aiCDc3/suH5RQDvrKkjuLkhzUcbOLwEkNF8/+pp17tS0JghzEvAPNRg+5aG1/N2ydixq8Lk3dOlg==",
    ),
)


def script_in(package: Package, archive: bytes) -> str:
    """The package's script; raises HpoError where the archive is not the pinned one."""
    found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.sha512:
        raise HpoError(
            f"{package.url} is not the pinned archive", got=found, allowed=package.sha512, remedy="run it again later"
        )
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        stream = files.extractfile(f"package/build/{package.script}")
        if stream is None:
            raise ValueError(f"{package.script} is no file of {package.url}")
        return stream.read().decode()


def main() -> None:
    """Fetch, check and write the three scripts."""
    for package in PACKAGES:
        write_text(FOLDER / package.script, script_in(package, _fetched(package.url)))
    print(f"{FOLDER}: {', '.join(f'{package.name} {package.version}' for package in PACKAGES)}")


def _fetched(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 (https, our own constant)
            content: bytes = response.read()
    except OSError as error:
        raise HpoError(
            f"{url} cannot be fetched", got=str(error), remedy="run `make plots-offline` where there is a network"
        ) from None
    return content


if __name__ == "__main__":
    run_command(main)
