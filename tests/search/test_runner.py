"""The driver's side of a trial."""

import pytest

from tests.search.conftest import start_python

SLOW = ("torch", "transformers", "sklearn")


@pytest.mark.slow
def test_a_search_stage_imports_nothing_slow_itself() -> None:
    code = f"import sys, stages.hpo; print([name for name in {SLOW} if name in sys.modules])"
    with start_python("-c", code) as process:
        assert process.communicate() == ("[]\n", None)
