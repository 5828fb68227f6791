"""Which cluster, and how connections to it are secured: the environment variables HPO_SCHEDULER and HPO_TLS_*.

Owns their meaning. A cluster runs what its clients send, so beyond this machine every side shows a certificate.
"""

import ipaddress
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from redsm5_hpo.core.errors import HpoError

_FILES = {"HPO_TLS_CA": "tls_ca_file", "HPO_TLS_CERT": "tls_client_cert", "HPO_TLS_KEY": "tls_client_key"}


@dataclass(frozen=True)
class ClusterSettings:
    """Where the scheduler is, and files of certificates by their names in Dask; none for this machine alone."""

    scheduler: str
    certificates: Mapping[str, str]


def cluster_settings() -> ClusterSettings:
    """The settings of the environment.

    Raises:
        HpoError: the address is no scheduler's, a certificate is missing, or another machine is asked without TLS.
    """
    scheduler = os.environ.get("HPO_SCHEDULER", "")
    scheme, host = _parts(scheduler)
    if scheme == "tcp" and _is_loopback(host):
        return ClusterSettings(scheduler, {})
    if scheme == "tcp":
        raise HpoError(
            "HPO_SCHEDULER without TLS: whoever reaches a scheduler runs code on its workers",
            got=scheduler,
            allowed="tls://HOST:PORT; tcp:// on this machine (127.0.0.1) alone",
            remedy="make a private CA and certificates with three commands of docs/cluster.md",
        )
    files = {name: os.environ.get(name, "") for name in _FILES}
    if missing := [name for name, file in files.items() if not Path(file).is_file()]:
        raise HpoError(
            f"{', '.join(missing)} must name a file for {scheduler}",
            got=", ".join(f"{name}={files[name]}" for name in missing),
            remedy="see docs/cluster.md for the certificates of a cluster",
        )
    return ClusterSettings(scheduler, {_FILES[name]: file for name, file in files.items()})


def _parts(scheduler: str) -> tuple[str, str]:
    with suppress(ValueError):  # of a port that is no number: the error below names the address
        url = urlsplit(scheduler)
        if url.scheme in ("tcp", "tls") and url.hostname and url.port:
            return url.scheme, url.hostname
    raise HpoError(
        "HPO_SCHEDULER is not the address of a Dask scheduler",
        got=repr(scheduler),
        allowed="tls://HOST:PORT, such as tls://login1:8786",
        remedy="start `dask scheduler`, which prints its address (docs/cluster.md)",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
