"""What git keeps of a run: a copy of each stage's metrics, and the headlines.

Owns the copy. Stages write their metrics below data, which DVC caches; the stage report, which is cheap, copies them,
and lists the evaluation in the test ledger, where another working tree's run of `evaluate` came from DVC's cache.
"""

import shutil

from redsm5_hpo.core import layout
from redsm5_hpo.core.files import read_json, write_json
from redsm5_hpo.core.folders import replaced_folder
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.evaluation.ledger import keep_evaluation, read_evaluation
from redsm5_hpo.reporting.headlines import headlines


def record_metrics(architecture: Architecture, search: layout.Search) -> None:
    """Copy the metrics of every stage of a search to metrics/ARCH, keep its evaluation, and write metrics/ARCH.json.

    The maximal search has no headlines: its columns would be empty until it has run.
    """
    select, refit, evaluate = (layout.after_search(stage, search) for stage in ("select", "refit", "evaluate"))
    searches = [layout.search_stage(name) for name in layout.SEARCH_STAGES[search]]
    for stage in (*searches, select, refit, evaluate):
        source = layout.metrics_folder(architecture, stage)
        with replaced_folder(layout.recorded_metrics(architecture, stage)) as folder:
            # Contents alone: files that DVC has linked to its cache are read-only.
            shutil.copytree(source, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
    evaluation = layout.metrics_folder(architecture, evaluate) / layout.TEST_EVALUATION
    keep_evaluation(layout.TEST_LEDGER, read_evaluation(evaluation))
    if search == layout.MULTI_STAGE:
        details = read_json(layout.metrics_folder(architecture, evaluate) / layout.TEST_METRICS)
        selection = read_json(layout.metrics_folder(architecture, select) / layout.SELECTION_METRICS)
        studies = (read_json(layout.metrics_folder(architecture, stage) / layout.STUDY_METRICS) for stage in searches)
        write_json(layout.headlines_file(architecture), headlines(details, selection, studies))
