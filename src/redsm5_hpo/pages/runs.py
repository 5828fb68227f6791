"""What the page knows of a finished run: the metrics files of one architecture and search.

Owns which files these are, and the error that names the missing ones. Computes no score.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import HpoError, listed
from redsm5_hpo.core.files import Json, read_json
from redsm5_hpo.core.tasks import TASKS, Architecture, Task
from redsm5_hpo.params import Params
from redsm5_hpo.reporting.corpus_of_results import CorpusOfResults, of_another_corpus

AFTER_SEARCH = ("select", "refit", "evaluate")  # the timed stages that follow a search
_NAMED = 8  # missing files


@dataclass(frozen=True)
class Run:
    """One architecture, tuned by one search and evaluated.

    Attributes:
        architecture: its name.
        search: the multi-stage search, or the maximal one.
    """

    architecture: Architecture
    search: layout.Search

    @property
    def name(self) -> str:
        """As in the tables at the end of a run; "criteria max" is the maximal search's."""
        return f"{self.architecture} {self.search}".strip()

    @property
    def anchor(self) -> str:
        """The name as part of an id of HTML."""
        return self.name.replace(" ", "-")

    @property
    def task(self) -> Task:
        """What the architecture learns."""
        return TASKS[self.architecture]

    @property
    def studies(self) -> dict[str, Json]:
        """study.json of each search stage, by its short name."""
        return {name: read_json(self._study(name)) for name in layout.SEARCH_STAGES[self.search]}

    @property
    def selection(self) -> Json:
        """Each candidate's reruns."""
        return read_json(self._file("select", layout.SELECTION_METRICS))

    @property
    def details(self) -> Json:
        """All numbers of the test evaluation."""
        return read_json(self._file("evaluate", layout.TEST_METRICS))

    @property
    def seconds(self) -> dict[str, float]:
        """What the last run of each stage took on this machine; without those that did not run here."""
        search = tuple(layout.search_stage(name) for name in layout.SEARCH_STAGES[self.search])
        after = tuple(layout.after_search(name, self.search) for name in AFTER_SEARCH)
        files = {stage: layout.time_file(self.architecture, stage) for stage in (*search, *after)}
        return {stage: float(read_json(path)["seconds"]) for stage, path in files.items() if path.exists()}

    def figure_data(self, figure: str) -> Path:
        """The CSV file behind a figure."""
        return self._file("report", f"{figure}.csv")

    @property
    def is_evaluated(self) -> bool:
        """Whether there is a result to show."""
        return self._file("evaluate", layout.TEST_METRICS).exists()

    def needed(self, figures: list[str]) -> Iterator[Path]:
        """Every file that the page reads of the run."""
        yield from (self._study(name) for name in layout.SEARCH_STAGES[self.search])
        yield self._file("select", layout.SELECTION_METRICS)
        yield from map(self.figure_data, figures)

    def _study(self, name: str) -> Path:
        return layout.recorded_metrics(self.architecture, layout.search_stage(name)) / layout.STUDY_METRICS

    def _file(self, stage: str, name: str) -> Path:
        return layout.recorded_metrics(self.architecture, layout.after_search(stage, self.search)) / name


def evaluated_runs(params: Params, figures: list[str]) -> list[Run]:
    """The runs that were evaluated on this corpus's test, in the order of params.

    Raises:
        HpoError: there is none, or a file of one is missing.
    """
    every = [Run(architecture, search) for architecture in params.architectures for search in layout.SEARCHES]
    corpus = CorpusOfResults(params)
    evaluated = [run for run in every if run.is_evaluated]
    runs = [run for run in evaluated if corpus.is_this(run.architecture, run.search)]
    if not runs:
        got = of_another_corpus(run.name for run in evaluated) if evaluated else "no metrics/ARCH/evaluate/details.json"
        raise HpoError("there is no result to show", got=got, remedy="dvc repro")
    needed = [layout.PREPARE_METRICS, layout.SPLIT_METRICS, *(path for run in runs for path in run.needed(figures))]
    if missing := [str(path) for path in needed if not path.exists()]:
        more = [f"and {len(missing) - _NAMED} more"] if len(missing) > _NAMED else []
        raise HpoError(f"{len(missing)} file(s) are missing:{listed(missing[:_NAMED] + more)}", remedy="dvc repro")
    return runs
