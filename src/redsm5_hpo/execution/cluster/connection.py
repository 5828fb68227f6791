"""The connection to a Dask scheduler: one for all executors of a process.

Owns the client, and which errors mean that the scheduler or a worker is gone. Does not decide what follows.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.cluster.settings import ClusterSettings, cluster_settings

SLOT = "slot"  # the resource of Dask workers that take part
_CONNECT_SECONDS = 20
_PATIENCE = 30.0  # seconds in which the scheduler may fail to reply


class WorkerLostError(Exception):
    """A worker cannot be reached any more."""


class Connection:
    """A client of the scheduler."""

    def __init__(self, settings: ClusterSettings) -> None:
        distributed = _distributed()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says of losses is said here, once
        self.scheduler = settings.scheduler
        secured = bool(settings.certificates)
        security = distributed.Security(**settings.certificates, require_encryption=secured)
        try:
            self.client = distributed.Client(
                settings.scheduler, security=security, timeout=_CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise HpoError(
                f"there is no connection to the scheduler {settings.scheduler}",
                got=" ".join(str(error).split()) or type(error).__name__,
                allowed="a running `dask scheduler` whose certificate is of the same CA",
                remedy="see docs/cluster.md",
            ) from None

    def workers(self) -> dict[str, str]:
        """The names of workers with a slot, by address; raises HpoError when the scheduler is gone."""
        try:
            found = self.client.sync(self.client.scheduler.identity, n_workers=-1, callback_timeout=_PATIENCE)
        except (OSError, TimeoutError, AttributeError, RuntimeError, ValueError) as error:
            raise self.lost(error) from None
        workers = {
            address: str(each["name"]) for address, each in found["workers"].items() if SLOT in each["resources"]
        }
        return dict(sorted(workers.items(), key=lambda item: (item[1], item[0])))

    def lost(self, error: Exception) -> HpoError:
        """The error that ends a run without a scheduler."""
        return HpoError(
            f"the connection to the scheduler {self.scheduler} is lost",
            got=str(error) or type(error).__name__,
            remedy="start the scheduler and its workers again; the same command continues with all finished trials",
        )

    def call(self, worker: str, function: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401 (of any type)
        """Call a function at a worker, beside its tasks.

        Raises:
            WorkerLostError: it cannot be reached.
            Exception: what the function raises.
        """
        try:
            found = self.client.run(function, *args, workers=[worker], on_error="return")
        except (OSError, TimeoutError, AttributeError, RuntimeError, KeyError, ValueError) as error:
            raise WorkerLostError(str(error)) from None
        result = found.get(worker, WorkerLostError("it is gone"))
        if isinstance(result, OSError | KeyError):  # of the connection; a lease that has ended
            raise WorkerLostError(str(result) or type(result).__name__)
        if isinstance(result, Exception):
            raise result
        return result


@cache
def connection() -> Connection:
    """The connection of this process."""
    return Connection(cluster_settings())


def _distributed() -> Any:  # noqa: ANN401 (a module)
    try:
        import distributed
    except ImportError:
        raise HpoError(
            "HPO_EXECUTOR=dask needs the package distributed",
            got="not installed",
            remedy="pip install -e '.[cluster]'",
        ) from None
    return distributed
