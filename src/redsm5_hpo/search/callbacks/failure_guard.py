"""Stops a study whose trials fail for one reason, one after another: to go on would only waste the night.

Owns when they are too many. Does not end a study itself: it raises.
"""

import re

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.search.records import TrialRecord

_NUMBERS = re.compile(r"-?(\d+(\.\d+)?|\b(nan|inf)\b)")  # in which epoch a loss was nan is no other cause


class FailureGuard:
    """Called with every trial in number order.

    Args:
        most: failures of one cause in a row that stop the study.
    """

    def __init__(self, most: int) -> None:
        self._most, self._cause, self._count = most, "", 0

    def __call__(self, record: TrialRecord) -> None:
        """Raise StudyError at the last failure that is too many."""
        cause = _NUMBERS.sub("#", record.reason) if record.state in ("failed", "infeasible") else ""
        self._count = self._count + 1 if cause and cause == self._cause else int(bool(cause))
        self._cause = cause
        if self._count >= self._most:
            raise StudyError(
                f"{self._count} trials in a row, the last of them trial {record.number}, failed for the same reason",
                got=f"{record.reason}, with {record.params}",
                allowed=f"fewer than hpo.max.max_consecutive_failures, {self._most}",
                remedy="fix what the reason names; if that is no setting, delete .hpo_work before you run again",
            )
