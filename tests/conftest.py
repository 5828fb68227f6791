"""What all tests share: one thread, since those of torch would compete with the workers that tests start, and encoders.

Owns which tests are slow, and so left out of `make check`: those that use a fixture or lie in a file named here, and
single ones that say so themselves (`@pytest.mark.slow`).

Ctrl-C and a closed terminal end things, too: a shell that starts the tests in the background has them, and what they
start, ignore the first, and nohup the second.
"""

import gc
import os
import signal
from multiprocessing import forkserver
from pathlib import Path

import pytest
import torch

from redsm5_hpo.execution.forkserver import KERNEL_CACHE_SIZE, start_worker_server

ROOT = Path(__file__).parents[1]
SLOW_FIXTURES = {"server", "finished", "copy"}
SLOW_FILES = (
    "bench/",
    "corpus/test_any_corpus.py",
    "corpus/redsm5/test_fetch.py",
    "modeling/encoders/test_encoder_conversion.py",
    "modeling/encoders/test_encoder_fetch.py",
    "modeling/encoders/test_encoder_loading.py",
    "modeling/cpu/test_top_layer.py",
    "modeling/encoders/test_encoder_modernbert.py",
    "modeling/encoders/test_encoder_properties.py",
    "modeling/test_isolated_sentences.py",
    "pages/test_page.py",
    "pipeline/test_contract_of_the_lock.py",
    "pipeline/test_end_to_end_",
    "evaluation/baselines/test_registry.py",
    "execution/cluster/test_cluster_",
    "execution/test_resilient_executor.py",
    "search/searches/test_maximal.py",
    "search/searches/test_staged.py",
    "selection/test_select.py",
    "stages/test_bad_corpora.py",
    "stages/test_unusual_corpora.py",
    "execution/test_dvc_command.py",
    "execution/test_stage_process.py",
    "reporting/test_mlflow.py",
    "training/data/test_cached_activations.py",
    "training/test_timing.py",
    "training/test_choices.py",
    "training/test_fit.py",
    "inference/test_hostile_checkpoints.py",
    "training/test_loop.py",
    "training/test_micro_batches.py",
    "training/test_gpu_fits.py",
    "training/test_gpu_steps.py",
    "training/test_host_reads.py",
    "training/test_launches.py",
    "training/test_cuda_graphs",
    "training/test_weight_copies.py",
    "inference/test_predictor.py",
    "execution/test_forkserver.py",
)
# The order where there are several processes: one makes the finished project, while the others begin with what takes
# long, or waits long for a cluster; what looks at the finished project comes when it is there.
FIRST = (
    "test_end_to_end_run",
    "test_cluster_executor",
    "test_end_to_end_permuted",
    "test_end_to_end_killed_search",
    "test_bench",
)
LAST = "test_end_to_end_"

torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_configure(config: pytest.Config) -> None:
    """Hide GPUs, also from what tests start: but for `make test-gpu`, tests are of a processor."""
    if config.option.markexpr != "gpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests, and begin with the longest of them."""
    for item in items:
        path = item.path.relative_to(ROOT / "tests").as_posix()
        if path.startswith(SLOW_FILES) or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: _turn(item.path.stem))


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it again and again for garbage takes a tenth of the time."""
    gc.collect()
    gc.freeze()


def _turn(module: str) -> int:
    if module in FIRST:
        return FIRST.index(module)
    return len(FIRST) + module.startswith(LAST)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An encoder of every family and one of another width, to read alone."""
    # Imported here: tests that need no encoder begin without transformers.
    from tests.modeling.builders import save_narrow_encoder
    from tests.tiny_encoders import FAMILIES, save_tiny_encoder

    root = tmp_path_factory.mktemp("tiny")
    directories = {family: save_tiny_encoder(family, root / family) for family in FAMILIES}
    return {**directories, "narrow": save_narrow_encoder("roberta", root / "narrow")}


@pytest.fixture(scope="session")
def server() -> None:
    """The server that workers are forked from, started as a stage starts it: workers then cost no imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "src"), str(ROOT))))
        patch.setenv("GLIBC_TUNABLES", "")  # what is set for workers stays out of other tests
        patch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNEL_CACHE_SIZE)
        forkserver._forkserver._stop()  # one that an earlier test has started holds other imports
        start_worker_server("redsm5_hpo.training.fit", "redsm5_hpo.search.trial")
