"""Floors beside the majority floor: what linear models, constants and chance answer on the same split; no encoder."""

from redsm5_hpo.reporting.floors.answers import floor_answers

__all__ = ["floor_answers"]
