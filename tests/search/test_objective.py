"""The driver's side of a trial."""

import pytest

from tests.search.conftest import start_python

SLOW = ("torch", "transformers", "sklearn")


@pytest.mark.slow
def test_a_search_stage_imports_nothing_slow_itself() -> None:
    imported = "stages.hpo, redsm5_hpo.search.run_search, redsm5_hpo.search.searches.staged"
    code = f"import sys, {imported}; print([name for name in {SLOW} if name in sys.modules])"
    with start_python("-c", code) as process:
        assert process.communicate() == ("[]\n", None)
