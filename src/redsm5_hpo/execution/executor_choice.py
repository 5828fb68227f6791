"""Which executor the environment variables HPO_EXECUTOR and HPO_WORKERS ask for.

Owns their values. They change no result, so they are no parameters.
"""

import os

from redsm5_hpo.core.errors import HpoError


def uses_cluster() -> bool:
    """Whether workers are those of a Dask cluster, not processes of this machine; raises HpoError for another name."""
    value = os.environ.get("HPO_EXECUTOR", "")
    if value not in ("", "local", "dask"):
        raise HpoError(
            "HPO_EXECUTOR is not an executor",
            got=repr(value),
            allowed="local, dask",
            remedy="unset it for processes of this machine",
        )
    return value == "dask"


def asked_workers() -> int | None:
    """HPO_WORKERS, None where it is not set; raises HpoError unless it is a whole number above 0."""
    value = os.environ.get("HPO_WORKERS", "")
    if not value:
        return None
    if not value.isdecimal() or int(value) < 1:
        raise HpoError(
            "HPO_WORKERS is not a number of workers",
            got=repr(value),
            allowed="a whole number from 1; more than there are trials at once would be idle",
            remedy="unset it to use all GPUs or cores, or all workers of a cluster",
        )
    return int(value)
