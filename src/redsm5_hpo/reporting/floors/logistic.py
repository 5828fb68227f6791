"""One logistic regression, also where there is only one class to learn.

Owns the solver and its seed. Does not know texts or labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

SEED = 0  # liblinear's primal solver draws nothing; given so that no other solver would


@dataclass(frozen=True)
class Linear:
    """Log odds as a linear function.

    Attributes:
        weights: (D,), one a column.
        intercept: log odds of a row of zeros.
    """

    weights: NDArray[np.float64]
    intercept: float

    def log_odds(self, rows: csr_array) -> NDArray[np.float64]:
        """(N, D) -> (N,)."""
        return np.asarray(rows @ self.weights + self.intercept, dtype=np.float64)


def fit_logistic(rows: csr_array, classes: Sequence[int], strength: float, class_weight: str | None) -> Linear:
    """Logistic regression of N classes in {0, 1} on (N, D) rows; of one class alone, log odds of 1 or -1 for it.

    Args:
        strength: scikit-learn's C, the inverse of the L2 penalty.
        class_weight: None or "balanced".
    """
    if len(set(classes)) < 2:
        return Linear(np.zeros(rows.shape[1]), 1.0 if any(classes) else -1.0)
    model = LogisticRegression(C=strength, class_weight=class_weight, solver="liblinear", random_state=SEED)
    # liblinear adds up in the order of BLAS's threads: with one, as many cores as there may be give the same bytes.
    with threadpool_limits(1, user_api="blas"):
        model.fit(rows, classes)
    return Linear(model.coef_[0], float(model.intercept_[0]))
