"""Stratification of units that carry several labels each.

Owns iterative stratification (Sechidis, Tsoumakas and Vlahavas, On the Stratification of Multi-Label Data, ECML PKDD
2011), with counts for labels and groups of posts for examples. Does not know the meaning of the labels.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redsm5_hpo.core.seeding import generator

POSTS = "posts"  # the stratum of every unit; it balances the sizes of the splits


@dataclass(frozen=True)
class Unit:
    """Posts that stay together.

    Attributes:
        counts: number of examples by stratum.
    """

    post_ids: tuple[str, ...]
    counts: Mapping[Any, int]


def assign(units: Sequence[Unit], shares: Mapping[str, float], seed: int) -> list[str]:
    """The split of every unit: the rarest stratum is assigned first, each time to the split that lacks most of it."""
    random = generator(seed, "split")
    waiting = {int(index): _strata(units[index]) for index in random.permutation(len(units))}
    left = _total(waiting)
    needs = {name: Counter({key: share * total for key, total in left.items()}) for name, share in shares.items()}
    assigned: dict[int, str] = {}
    while waiting:
        rarest = _rarest(left, waiting)
        # The largest first: small units can balance them later.
        for index in sorted((i for i in waiting if rarest in waiting[i]), key=lambda i: -waiting[i][rarest]):
            ties = dict(zip(shares, random.random(len(shares)), strict=True))
            split = max(shares, key=lambda name: (needs[name][rarest], needs[name][POSTS], ties[name]))
            counts = waiting.pop(index)
            needs[split].subtract(counts)
            left.subtract(counts)
            assigned[index] = split
    return _none_empty([assigned[index] for index in range(len(units))], units, tuple(shares))


def _rarest(left: Mapping[Any, int], waiting: Mapping[int, Counter[Any]]) -> Any:  # noqa: ANN401 (any key of counts)
    """The stratum with the fewest examples left; of several, the first one of a waiting unit."""
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


def _none_empty(assigned: list[str], units: Sequence[Unit], names: Sequence[str]) -> list[str]:
    """With a handful of posts a small split can be empty: it gets the smallest unit of the largest split."""
    for name in names:
        if name not in assigned:
            donor = max(names, key=assigned.count)
            smallest = min(
                (index for index, split in enumerate(assigned) if split == donor), key=lambda i: len(units[i].post_ids)
            )
            assigned[smallest] = name
    return assigned
