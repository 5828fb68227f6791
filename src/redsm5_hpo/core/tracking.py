"""Logging with DVCLive, which no other file imports.

Owns one Live per study or refit, whose step counts the epochs of all trials: a Live per trial would exceed the plot
limit of DVC Studio and slow long studies down. Does not know what is logged.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from dvclive import Live

from redsm5_hpo.core.files import writing


class StudyTracker:
    """Logs one epoch after another; a context manager, so that the files are complete at the end."""

    def __init__(self, directory: Path) -> None:
        # dvcyaml would rewrite dvc.yaml, and save_dvc_exp would create experiments.
        with writing(directory):
            self._live = Live(dir=str(directory), dvcyaml=None, save_dvc_exp=False)
        self._directory, self._epochs = directory, 0

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with writing(self._directory):
            self._live.__exit__(kind, error, trace)

    def log_epoch(self, values: Mapping[str, float]) -> None:
        """Log the values of the next epoch."""
        self._live.step = self._epochs
        with writing(self._directory):
            for name, value in values.items():
                self._live.log_metric(name, value)
        self._epochs += 1

    def end_trial(self) -> None:
        """Write the summary and update DVC Studio: once per trial, because it takes longer than logging."""
        with writing(self._directory):
            self._live.next_step()
