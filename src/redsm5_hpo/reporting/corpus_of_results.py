"""Whether recorded results are of the corpus and the split that this project has now.

Owns that comparison, of what dvc.lock says. A run of one architecture, or a stage that failed, leaves the results of
the others as they were, and these may be of another corpus.
"""

from collections.abc import Iterable
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.files import Json
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.execution.pipelines import read_mapping
from redsm5_hpo.params import Params

_LOCKS = {layout.MULTI_STAGE: Path("dvc.lock"), layout.MAXIMAL: Path("maximal/dvc.lock")}


class CorpusOfResults:
    """What DVC has recorded: where the corpus, its split and each test evaluation come from."""

    def __init__(self, params: Params) -> None:
        self._stages = {search: read_mapping(path).get("stages") or {} for search, path in _LOCKS.items()}
        main = self._stages[layout.MULTI_STAGE]
        prepared = main.get("prepare", {}).get("params", {}).get(str(layout.PARAMS), {}).get("data", {})
        self._is_prepared = prepared.get("source", params.data.source) == params.data.source
        self._test = _hash_of_test(main.get("split", {}).get("outs", ()))

    def is_this(self, architecture: Architecture, search: layout.Search) -> bool:
        """Whether a result is of the corpus of params.yaml and its test split; true also where DVC recorded nothing."""
        stage = f"{layout.after_search('evaluate', search)}@{architecture}"
        tested = _hash_of_test(self._stages[search].get(stage, {}).get("deps", ()))
        return self._is_prepared and (tested is None or self._test is None or tested == self._test)


def of_another_corpus(names: Iterable[str]) -> str:
    """The sentence about results that are not shown; the names are those of architectures, or with their search."""
    return f"{', '.join(names)}: recorded on another corpus or split, so not shown; see `dvc status dvc.yaml`"


def _hash_of_test(entries: Iterable[Json]) -> str | None:
    return next((entry.get("md5") for entry in entries if entry["path"] == str(layout.TEST)), None)
