"""The page of results: `make page` writes report/index.html, which needs no network and holds no text of a corpus.

Owns what a page is made of. Reads params.yaml, dvc.yaml, metrics/ and, where they are, metrics/time and
data/predictions. No stage depends on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import Json, read_csv, read_json, write_text
from redsm5_hpo.pages import formats
from redsm5_hpo.pages.confident_errors import ConfidentError, confident_errors
from redsm5_hpo.pages.figures import INSTALL, Picture, declared_figures, picture
from redsm5_hpo.pages.provenance import citation, commit, settings, versions
from redsm5_hpo.pages.runs import Run, evaluated_runs
from redsm5_hpo.pages.times import timed_stages, times_picture
from redsm5_hpo.params import Params, load_params

PAGE = Path("report/index.html")
ERROR_KINDS = {  # of evaluation.evidence_errors
    "withheld": "there is evidence, and none is predicted",
    "wrongly_present": "there is no evidence, and a span is predicted",
    "wrong_place": "the predicted span has no token of the evidence",
    "partial": "the predicted span and the evidence share some of their tokens",
}


@dataclass(frozen=True)
class Shown:
    """A run with what is drawn and looked up for it.

    Attributes:
        run: its numbers.
        pictures: its figures by name.
        errors: wrong predictions; None where the predictions are not on this machine.
    """

    run: Run
    pictures: dict[str, Picture]
    errors: list[ConfidentError] | None


def write_page(params: Params, path: Path = PAGE) -> Path:
    """Write the page of the run in the working directory; returns its path.

    Raises:
        HpoError: nothing was evaluated, a file is missing, or the packages of the extra `page` are.
    """
    figures = declared_figures()
    shown = [_shown(run, figures) for run in evaluated_runs(params, list(figures))]
    write_text(path, _rendered(_content(params, shown)))
    return path


def _shown(run: Run, figures: dict[str, Json]) -> Shown:
    pictures = {
        name: picture(name, each, read_csv(run.figure_data(name)), run.anchor) for name, each in figures.items()
    }
    predictions = layout.predictions_file(run.architecture, run.search)
    return Shown(run, pictures, confident_errors(predictions) if predictions.exists() else None)


def _content(params: Params, shown: Sequence[Shown]) -> dict[str, Json]:
    evaluated = {each.run.architecture for each in shown}
    return {
        "source": params.data.source,
        "encoder": params.encoder.name,
        "shown": shown,
        "trials": sum(sum(study["trials"].values()) for each in shown for study in each.run.studies.values()),
        "not_run": [name for name in params.architectures if name not in evaluated],
        "prepared": read_json(layout.PREPARE_METRICS),
        "split": read_json(layout.SPLIT_METRICS),
        "split_names": layout.SPLIT_NAMES,
        "error_kinds": ERROR_KINDS,
        "times": times_picture([each.run for each in shown]),
        "timed_stages": timed_stages([each.run for each in shown]),
        "settings": settings(),
        "versions": versions(),
        "commit": commit(),
        "citation": citation(),
    }


def _rendered(content: dict[str, Json]) -> str:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
    except ImportError:
        raise HpoError("the page cannot be written", got="no package jinja2", remedy=INSTALL) from None
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(formats.FILTERS)
    try:
        return environment.get_template("index.html").render(content)
    except UndefinedError as error:
        raise HpoError(
            "a file of metrics/ lacks a value", got=str(error), allowed="files of this version", remedy="dvc repro"
        ) from error


def main() -> None:
    """Write the page, and print its path."""
    print(write_page(load_params()))
