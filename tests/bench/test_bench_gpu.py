"""The bench of a GPU runs on a processor, on a tiny encoder and a few rows."""

import json


def test_a_gpus_comparison_runs_on_a_processor_and_says_so(sides, compared, tmp_path):
    found, split = tmp_path / "gpu.json", sides[:2]
    small = ("--sizes", "toy", "--architectures", "criteria", "--rows", 8, "--trials", 2, "--epochs", 1)
    shown = compared("gpu.py", *split, *small, "--workers", 1, 2, "--max-length", 64, "--json", found)
    measured = json.loads(found.read_text(encoding="utf-8"))
    assert [row["workers"] for row in measured["rows"]] == [1, 2]
    assert len({row["records"] for row in measured["rows"]}) == 1
    assert measured["device"] in shown
