"""Logistic regression, also of one class alone.

Owns the solver and its seed. Does not know texts or labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

SEED = 0  # of no effect on liblinear's primal solver, which draws nothing


@dataclass(frozen=True)
class Linear:
    """Log odds as a linear function.

    Attributes:
        weights: (D,), one for each column.
        intercept: log odds of a row of zeros.
    """

    weights: NDArray[np.float64]
    intercept: float

    def log_odds(self, rows: csr_array) -> NDArray[np.float64]:
        """(N, D) -> (N,)."""
        return np.asarray(rows @ self.weights + self.intercept, dtype=np.float64)


def fit_logistic(rows: csr_array, classes: Sequence[int], inverse_penalty: float, class_weight: str | None) -> Linear:
    """Fit to N classes in {0, 1} of (N, D) rows; where there is one class alone, log odds are 1 or -1 everywhere.

    Args:
        inverse_penalty: scikit-learn's C, the inverse of the L2 penalty's strength.
        class_weight: None or "balanced".
    """
    if len(set(classes)) < 2:
        return Linear(np.zeros(rows.shape[1]), 1.0 if any(classes) else -1.0)
    model = LogisticRegression(C=inverse_penalty, class_weight=class_weight, solver="liblinear", random_state=SEED)
    # liblinear's order of summation depends on the number of BLAS threads: one gives the same bytes on any machine.
    with threadpool_limits(1, user_api="blas"):
        model.fit(rows, classes)
    return Linear(model.coef_[0], float(model.intercept_[0]))
