"""A stage with an invalid params.yaml."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stages import prepare
from tests.corpus.builders import write_source
from tests.stages.failing_stage import error_of

ROOT = Path(__file__).parents[2]

BAD = {
    "empty": (lambda _: b"", "params.yaml is no mapping\n  got: nothing"),
    "UTF-16": (lambda data: data.decode().encode("utf-16"), "params.yaml is not YAML in UTF-8"),
    "a repeated key": (lambda data: data + b"\nrefit:\n  seeds: [1]\n", 'duplicate key "refit"'),
    "a tab": (
        lambda data: data.replace(b"hpo:\n  seed", b"hpo:\n\tseed"),
        "character that cannot start any token",
    ),
    "a key that -S added": (lambda data: data + b"\nhpo.s2.trails: 80\n", "unknown key, did you mean hpo.s2.trials?"),
    "a renamed section": (lambda data: data.replace(b"\nsplit:\n", b"\nsplits:\n"), "- split: missing"),
    "infinity": (
        lambda data: data.replace(b"max_grad_norm: 1.0", b"max_grad_norm: .inf"),
        "max_grad_norm: Input should be a finite",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_invalid_settings_stop_a_stage(
    change: Callable[[bytes], bytes],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_source(tmp_path / "data/raw/demo")
    (tmp_path / "params.yaml").write_bytes(change((ROOT / "params.yaml").read_bytes()))
    monkeypatch.chdir(tmp_path)
    assert message in error_of(prepare.main, (), monkeypatch, capsys)
