"""The figures of a page, drawn as static SVG.

Owns how a template becomes a picture in a page: filled as DVC fills it, without what only a page of DVC needs (title,
revisions), and drawn by vl-convert without a network. The templates are in .dvc/plots.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dvc_render import VegaRenderer

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import Json
from redsm5_hpo.params import read_yaml_mapping

PIPELINE, TEMPLATES = Path("dvc.yaml"), Path(".dvc/plots")
INSTALL = "pip install 'redsm5-hpo[page]'"
_VEGA_LITE = "5.21"
_MOST_CHARACTERS = 100_000  # of a drawing; one of thousands of marks becomes an image, and the page stays small
_PADDING = {"left": 18, "right": 8, "top": 12, "bottom": 5}  # a browser's font may be wider than the drawing's
_PURPLE = "#7b4fc4"  # of the templates, for what they color by revision


@dataclass(frozen=True)
class Picture:
    """A drawn figure.

    Attributes:
        name: of the figure.
        title: what it shows.
        legend: how to read it.
        drawing: an element of HTML, svg or img; empty where there is no data.
    """

    name: str
    title: str
    legend: str
    drawing: str


def declared_figures(pipeline: Path = PIPELINE) -> dict[str, Json]:
    """The figures of dvc.yaml by name: title, template, x, y and their labels."""
    entries = read_yaml_mapping(pipeline, HpoError).get("plots", [])
    return {name: figure for entry in entries for name, figure in entry.items()}


def picture(
    name: str, figure: Json, points: Sequence[Mapping[str, Json]], anchor: str, templates: Path = TEMPLATES
) -> Picture:
    """Draw a figure.

    Args:
        name: of the figure.
        figure: its properties, as dvc.yaml has them.
        points: its data, a row each; without any there is no drawing.
        anchor: what makes the ids in the drawing unique in the page.
        templates: the folder of the templates.

    Raises:
        HpoError: vl-convert is not installed, or there is no such template.
    """
    if not points:
        return Picture(name, figure["title"], "", "")
    spec = _filled(name, figure, points, templates)
    title = spec.pop("title")
    return Picture(name, title["text"], title["subtitle"], _drawn(_as_part_of_a_page(spec), f"{anchor}-{name}"))


def _filled(name: str, figure: Json, points: Sequence[Mapping[str, Json]], templates: Path) -> dict[str, Json]:
    if not (templates / f"{figure['template']}.json").exists():
        raise HpoError(
            f"{templates / figure['template']}.json does not exist",
            got=f"the template of the figure {name}",
            remedy="run from the repository root, or restore the file",
        )
    properties = {key: figure[key] for key in ("title", "template", "x", "x_label", "y_label")}
    y = next(iter(figure["y"].values()))
    spec: dict[str, Json] = VegaRenderer(
        [{**row, "rev": ""} for row in points], name, **properties, y=y, template_dir=str(templates)
    ).get_filled_template()
    return spec


def _as_part_of_a_page(spec: dict[str, Json]) -> dict[str, Json]:
    """Without what tells architectures and revisions apart; one panel below the other, for narrow screens."""
    spec = _one_revision(spec)
    facet = spec["facet"]
    facet.pop("row", None)
    if "column" in facet:
        facet["column"]["header"] = None
    else:
        spec["columns"] = 1
    config = spec["config"]
    spec["config"] = {
        **config,
        "aria": False,
        "background": "white",
        "padding": _PADDING,
        "legend": {**config.get("legend", {}), "orient": "bottom"},
    }
    return spec


def _one_revision(part: Json) -> Json:
    if isinstance(part, list):
        return [_one_revision(each) for each in part]
    if not isinstance(part, dict):
        return part
    color = part.get("color")
    of_revision = isinstance(color, dict) and color.get("field") == "rev"
    kept = {key: _one_revision(value) for key, value in part.items() if key != "tooltip"}
    return {**kept, "color": {"value": _PURPLE}} if of_revision else kept


def _drawn(spec: dict[str, Json], prefix: str) -> str:
    try:
        import vl_convert
    except ImportError:
        raise HpoError("the figures cannot be drawn", got="no package vl-convert-python", remedy=INSTALL) from None
    svg = str(vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[]))
    element = _as_element(svg)
    if len(element) > _MOST_CHARACTERS:
        image = base64.b64encode(vl_convert.svg_to_jpeg(svg, scale=2, quality=75)).decode()
        return f'<img alt="" src="data:image/jpeg;base64,{image}">'
    return _with_own_ids(element, prefix)


def _as_element(svg: str) -> str:
    """Without what an element of a page does not need: namespaces, the background, paths that draw nothing."""
    svg = re.sub(r"^(<svg[^>]*>)<rect[^>]*/>", r"\1", svg)
    svg = re.sub(r' (xmlns(:\w+)?|aria-\w+|role|pointer-events)="[^"]*"', "", svg)
    svg = re.sub(r'<path class="(background|foreground)" d="[^"]*"( display="none")?/>', "", svg)
    svg = re.sub(r' (d|transform)="[^"]*"', lambda found: re.sub(r"(\.\d\d)\d+", r"\1", found[0]), svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)


def _with_own_ids(svg: str, prefix: str) -> str:
    """The ids that Vega counts through a process, counted anew: two drawings of a page share none."""
    for number, found in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf"\b{re.escape(found)}\b", f"{prefix}-{number}", svg)
    return svg
