"""Whether a system is better than every baseline, and than the default configuration.

Owns the rule, higher and significantly so, and its message. Computes no score and no p value.
"""

from collections.abc import Mapping

from redsm5_hpo.core.files import Json

PRIMARY = "f1_macro"
LEVEL = 0.05
DEFAULT = "default"  # listed with the baselines, but compared separately


def without_default(baselines: Mapping[str, Json]) -> dict[str, Json]:
    """The baselines without an encoder."""
    return {name: baseline for name, baseline in baselines.items() if name != DEFAULT}


def beats_default(f1_macro: float, default: Json) -> bool:
    """Higher than the default configuration with a p value of at most LEVEL; false without a p value."""
    return bool(f1_macro > default[PRIMARY] and default.get("p", 1.0) <= LEVEL)


def beats_baselines(f1_macro: float, baselines: Mapping[str, Json]) -> bool:
    """Higher than every baseline, each with a corrected p value of at most LEVEL; false without p values."""
    return all(f1_macro > each[PRIMARY] and each.get("p_holm", 1.0) <= LEVEL for each in baselines.values())


def strongest_baseline(baselines: Mapping[str, Json]) -> dict[str, Json]:
    """Name and primary metric of the baseline with the highest score, the first of equals."""
    name, baseline = max(baselines.items(), key=lambda item: item[1][PRIMARY])
    return {"name": name, PRIMARY: baseline[PRIMARY]}


def comparison_message(f1_macro: float, baselines: Mapping[str, Json]) -> str:
    """The comparison with the baselines in a few words."""
    strongest = strongest_baseline(baselines)
    best = f"{strongest['name']} {strongest[PRIMARY]:.3f}"
    if f1_macro <= strongest[PRIMARY]:
        return f"not above {best}"
    if any("p_holm" not in each for each in baselines.values()):
        return f"above {best}, too few posts for a significance test"
    p = max(each["p_holm"] for each in baselines.values())
    verb = "beats" if beats_baselines(f1_macro, baselines) else "not significantly above"
    return f"{verb} {best} and all other baselines, p {p:.4f}"
