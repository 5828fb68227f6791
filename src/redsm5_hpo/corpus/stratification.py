"""Stratification of units that carry several labels each.

Owns iterative stratification (Sechidis, Tsoumakas and Vlahavas, On the Stratification of Multi-Label Data, ECML PKDD
2011), with counts for labels and groups of posts for examples. Does not know what the labels mean.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redsm5_hpo.seeding import generator

POSTS = "posts"  # the stratum that every unit has; it evens out the sizes of the parts


@dataclass(frozen=True)
class Unit:
    """Posts that stay together.

    Attributes:
        counts: how many examples of each stratum the posts hold.
    """

    post_ids: tuple[str, ...]
    counts: Mapping[Any, int]


def deal(units: Sequence[Unit], shares: Mapping[str, float], seed: int) -> list[str]:
    """The part of every unit: the rarest stratum is dealt first, each time to the part that lacks most of it."""
    random = generator(seed, "split")
    waiting = {int(index): _strata(units[index]) for index in random.permutation(len(units))}
    left = _total(waiting)
    needs = {part: Counter({key: share * total for key, total in left.items()}) for part, share in shares.items()}
    parts: dict[int, str] = {}
    while waiting:
        rarest = _rarest(left, waiting)
        # The largest first: what is small can still even out what is not.
        for index in sorted((i for i in waiting if rarest in waiting[i]), key=lambda i: -waiting[i][rarest]):
            ties = dict(zip(shares, random.random(len(shares)), strict=True))
            part = max(shares, key=lambda name: (needs[name][rarest], needs[name][POSTS], ties[name]))
            counts = waiting.pop(index)
            needs[part].subtract(counts)
            left.subtract(counts)
            parts[index] = part
    return _none_empty([parts[index] for index in range(len(units))], units, tuple(shares))


def _rarest(left: Mapping[Any, int], waiting: Mapping[int, Counter[Any]]) -> Any:  # noqa: ANN401 (any key of counts)
    """The stratum of which least is left; of several the first that a waiting unit has."""
    least = min(count for count in left.values() if count)
    ties = {key for key, count in left.items() if count == least}
    return next(key for counts in waiting.values() for key in counts if key in ties)


def _strata(unit: Unit) -> Counter[Any]:
    return Counter({POSTS: len(unit.post_ids), **{key: count for key, count in unit.counts.items() if count}})


def _total(waiting: Mapping[int, Counter[Any]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for counts in waiting.values():
        total.update(counts)
    return total


def _none_empty(parts: list[str], units: Sequence[Unit], names: Sequence[str]) -> list[str]:
    """In a corpus of a handful of posts a small part can come out empty: it gets the smallest unit of the largest."""
    for name in names:
        if name not in parts:
            donor = max(names, key=parts.count)
            smallest = min(
                (index for index, part in enumerate(parts) if part == donor), key=lambda i: len(units[i].post_ids)
            )
            parts[smallest] = name
    return parts
