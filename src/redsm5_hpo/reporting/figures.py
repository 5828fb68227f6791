"""The data of the figures that dvc.yaml defines, for one architecture.

Owns which files they come from. The stage report calls it after evaluate, so a change here runs no search again.
"""

from redsm5_hpo.core import layout
from redsm5_hpo.core.files import read_json
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params import Configuration
from redsm5_hpo.reporting import evaluation_tables, search_tables
from redsm5_hpo.reporting.parameter_tables import SearchedStage, parameter_tables
from redsm5_hpo.reporting.tables import Table
from redsm5_hpo.search.results.study_files import load_space, load_trials
from redsm5_hpo.selection.selected import SelectedConfiguration


def write_figures(architecture: Architecture, search: layout.Search) -> None:
    """Write metrics/ARCH/report/NAME.csv for each figure; "criteria max" is the maximal search's architecture.

    Raises:
        StudyError: the files of a search or of the selection cannot be read.
    """
    folder = layout.recorded_metrics(architecture, layout.after_search("report", search))
    tables = [*_of_search(architecture, search), *_of_evaluation(architecture, search)]
    for table in tables:
        table.write(folder, f"{architecture} {search}".strip())
    print(f"{folder}: the data of {len(tables)} figures")


def _of_search(architecture: Architecture, search: layout.Search) -> list[Table]:
    stages = []
    for name in layout.SEARCH_STAGES[search]:
        folder = layout.study_folder(architecture, layout.search_stage(name))
        stages.append(SearchedStage(name, load_space(folder), load_trials(folder)))
    last = stages[-1].records
    select = layout.after_search("select", search)
    selection = read_json(layout.metrics_folder(architecture, select) / layout.SELECTION_METRICS)
    return [
        search_tables.trial_table({each.name: each.records for each in stages}, _default(architecture, select)),
        search_tables.curve_table(last),
        search_tables.budget_table(last),
        search_tables.rerun_table(selection),
        *parameter_tables(stages),
    ]


def _default(architecture: Architecture, select: str) -> Configuration | None:
    """The default configuration; None where it failed in the selection."""
    path = layout.study_folder(architecture, select) / layout.DEFAULT_CONFIGURATION
    return SelectedConfiguration.load(path).configuration if path.exists() else None


def _of_evaluation(architecture: Architecture, search: layout.Search) -> list[Table]:
    folder = layout.metrics_folder(architecture, layout.after_search("evaluate", search))
    details = read_json(folder / layout.TEST_METRICS)
    return [
        evaluation_tables.score_table(details),
        evaluation_tables.criterion_table(details),
        evaluation_tables.confusion_table(folder),
        evaluation_tables.reliability_table(folder),
        evaluation_tables.precision_recall_table(folder, details),
    ]
