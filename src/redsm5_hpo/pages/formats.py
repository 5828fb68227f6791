"""How the page writes numbers.

Owns digits, dashes for missing values, and units. Knows no metric.
"""

from collections.abc import Callable, Mapping
from typing import Final

from redsm5_hpo.core.files import Json

MISSING = "–"
_MINUTE, _HOUR = 60, 3600


def score(value: float | None) -> str:
    """Three decimals."""
    return MISSING if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """Three decimals with a sign."""
    return MISSING if value is None else f"{value:+.3f}"


def interval(ends: Mapping[str, float] | None) -> str:
    """Two ends in brackets; empty for none."""
    return f"[{ends['low']:.3f}, {ends['high']:.3f}]" if ends else ""


def p_value(value: float | None) -> str:
    """Three decimals, and a bound below them."""
    if value is None:
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def duration(seconds: float | None) -> str:
    """Seconds, minutes or hours."""
    if seconds is None:
        return MISSING
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.1f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"


def unit(seconds: float) -> tuple[str, int]:
    """The unit of an axis that ends at so many seconds, minutes or hours, and its seconds."""
    return ("minutes", _MINUTE) if seconds < _HOUR else ("hours", _HOUR)


def plain(value: Json) -> str:
    """A setting: four significant digits of a number, anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    each.__name__: each for each in (score, signed, interval, p_value, duration, plain)
}
