"""The bench of a GPU runs on a processor, on a tiny encoder and a few rows."""

import importlib
import json
from types import SimpleNamespace

import pytest
import torch

from tests.bench.scripts import called


def test_a_gpus_comparison_runs_on_a_processor_and_says_so(sides, compared, tmp_path):
    found, split = tmp_path / "gpu.json", sides[:2]
    small = ("--sizes", "toy", "--architectures", "criteria", "--rows", 8, "--trials", 2, "--epochs", 1)
    shown = compared("gpu.py", *split, *small, "--workers", 1, 2, "--max-length", 64, "--json", found)
    measured = json.loads(found.read_text(encoding="utf-8"))
    assert [row["workers"] for row in measured["rows"]] == [1, 2]
    assert len({row["records"] for row in measured["rows"]}) == 1
    assert measured["device"] in shown


@pytest.mark.usefixtures("modules")
@pytest.mark.filterwarnings("ignore:CUDA is not available")
@pytest.mark.parametrize("epochs", [[], ["--epochs", 1]], ids=["by default", "of a shorter study"])
def test_a_step_is_timed_and_profiled_after_an_epoch(sides, monkeypatch, epochs):
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    row = json.loads(called("gpu_step.py", "criteria", *sides, *epochs))
    assert row["step_ms"] > 0
    assert row["kernels"] == row["launches"] == 0  # of a GPU


# GiB of a GPU; the numbers of workers that are measured, of 1, 2 and 4, and the budget of a fit
MEMORY = {
    "141 GiB": (139.8, [1, 2, 4], 16.0),
    "24 GiB": (23.6, [1, 2, 4], 4.9),
    "16 GiB": (15.8, [1, 2], 6.9),
    "4 GiB": (3.9, [1], 2.9),
}


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(("gib", "kept", "budget"), MEMORY.values(), ids=MEMORY)
def test_as_many_workers_are_measured_as_have_memory(gib, kept, budget):
    assert importlib.import_module("gpu").fitting([1, 2, 4], gib) == (kept, budget)


VISIBLE = {"all": (None, "0"), "two": ("1,0", "1"), "by name": ("GPU-8932f937,GPU-5", "GPU-8932f937"), "none": ("", "")}


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(("visible", "first"), VISIBLE.values(), ids=VISIBLE)
def test_one_gpu_is_measured_though_there_are_several(visible, first):
    assert importlib.import_module("gpu").first_gpu(visible) == first


PRECISIONS = {
    "a processor": (False, False, ("fp32", "bf16")),
    "a GPU with bf16": (True, True, ("fp32", "tf32", "bf16")),
    "an older GPU": (True, False, ("fp32",)),
}


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(("on_gpu", "native", "expected"), PRECISIONS.values(), ids=PRECISIONS)
def test_trainer_is_measured_in_the_precisions_of_the_device(monkeypatch, on_gpu, native, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: on_gpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: native or including_emulation)
    assert importlib.import_module("gpu").precisions() == expected


@pytest.mark.usefixtures("modules")
def test_the_rows_before_one_that_fails_are_kept(monkeypatch, tmp_path):
    def side(_script, *arguments):
        if "--workers" in arguments and arguments[-1] == "2":
            raise SystemExit("the second fails")
        return [{"seconds": 1.0, "precision": "fp32", "records": "hash"}]

    monkeypatch.setattr(importlib.import_module("gpu"), "_run", side)
    found = tmp_path / "gpu.json"
    with pytest.raises(SystemExit, match="the second fails"):
        called("gpu.py", "--sizes", "toy", "--architectures", "criteria", "--workers", 1, 2, "--json", found)
    assert [row["workers"] for row in json.loads(found.read_text(encoding="utf-8"))["rows"]] == [1]


@pytest.mark.usefixtures("modules")
def test_what_a_gpu_has_no_memory_for_is_left_out_and_said(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a small GPU")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=16 * 2**30))
    budgets = set()

    def side(_script, *arguments):
        budgets.add(arguments[arguments.index("--gpu-memory-gb") + 1])
        return [{"seconds": 1.0, "precision": "fp32", "records": "hash", "step_ms": 1, "kernels_ms": 1, "launches": 1}]

    monkeypatch.setattr(importlib.import_module("gpu"), "_run", side)
    found = tmp_path / "gpu.json"
    shown = called("gpu.py", "--sizes", "toy", "--architectures", "criteria", "--json", found)
    assert "4 workers are left out" in shown
    assert [row["workers"] for row in json.loads(found.read_text(encoding="utf-8"))["rows"]] == [1, 2]
    assert budgets == {"7.0"}


@pytest.mark.usefixtures("modules")
def test_a_fit_of_a_comparison_has_the_budget_that_it_is_given(sides, monkeypatch):
    monkeypatch.setattr("sys.argv", ["ours.py", "criteria", *map(str, sides), "--gpu-memory-gb", "4.9"])
    task = importlib.import_module("task")
    spec, _ = task.fit_settings(task.parse(None))
    assert spec.training.gpu_memory_gb == 4.9
