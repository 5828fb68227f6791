"""The model of the processor."""

import platform
from pathlib import Path

import pytest

from redsm5_hpo.execution import processor
from redsm5_hpo.execution.processor import FORCING

MODELS = {
    "x86": ("processor\t: 0\nmodel name\t: AMD EPYC 9B14\nflags\t\t: fpu\n", "AMD EPYC 9B14"),
    "ARM": ("processor\t: 0\nCPU part\t: 0xd40\n", "0xd40"),
    "neither": ("processor\t: 0\n", platform.processor()),
}


@pytest.mark.parametrize(("content", "model"), MODELS.values(), ids=MODELS)
def test_the_model_is_read_where_linux_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, model: str
) -> None:
    (tmp_path / "cpuinfo").write_text(content, encoding="utf-8")
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    assert processor.processor_model() == model


@pytest.mark.parametrize("name", FORCING)
def test_a_variable_that_forces_instructions_is_another_processor(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for each in FORCING:
        monkeypatch.delenv(each, raising=False)
    usual = processor.processor_model()
    monkeypatch.setenv(name, "")
    assert processor.processor_model() == usual
    monkeypatch.setenv(name, "AVX2")
    assert processor.processor_model() == f"{usual} {name}=AVX2"


def test_elsewhere_python_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "none")
    assert processor.processor_model() == platform.processor()
