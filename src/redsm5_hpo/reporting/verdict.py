"""Whether a system is better than every floor, and than its default configuration, as truth values and in words.

Owns the rule: above each floor, and by more than chance. Computes no score and no p value.
"""

from collections.abc import Mapping

from redsm5_hpo.files import Json

PRIMARY = "f1_macro"
LEVEL = 0.05
DEFAULT = "default"  # stands among the floors, and has a verdict of its own


def without_default(floors: Mapping[str, Json]) -> dict[str, Json]:
    """The floors without an encoder."""
    return {name: floor for name, floor in floors.items() if name != DEFAULT}


def beats_default(f1_macro: float, default: Json) -> bool:
    """Above the default configuration with a p value of LEVEL or below; false without one."""
    return bool(f1_macro > default[PRIMARY] and default.get("p", 1.0) <= LEVEL)


def beats_floor(f1_macro: float, floors: Mapping[str, Json]) -> bool:
    """Above every floor, each with a corrected p value of LEVEL or below; false without p values."""
    return all(f1_macro > floor[PRIMARY] and floor.get("p_holm", 1.0) <= LEVEL for floor in floors.values())


def strongest_floor(floors: Mapping[str, Json]) -> dict[str, Json]:
    """Name and primary metric of the floor that scores most, the first of equals."""
    name, floor = max(floors.items(), key=lambda item: item[1][PRIMARY])
    return {"name": name, PRIMARY: floor[PRIMARY]}


def verdict(f1_macro: float, floors: Mapping[str, Json]) -> str:
    """How the system stands to its floors, in a few words for a person."""
    strongest = strongest_floor(floors)
    told = f"{strongest['name']} {strongest[PRIMARY]:.3f}"
    if f1_macro <= strongest[PRIMARY]:
        return f"not above {told}"
    if any("p_holm" not in floor for floor in floors.values()):
        return f"above {told}, too few posts to say whether by chance"
    p = max(floor["p_holm"] for floor in floors.values())
    side = "beats" if beats_floor(f1_macro, floors) else "above, not beyond chance,"
    return f"{side} {told} and all other floors, p {p:.4f}"
