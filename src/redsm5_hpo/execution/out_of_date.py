"""Which stages are out of date, by dvc.lock.

Owns the comparison, for what a user is shown. DVC decides what runs and knows more: it compares the content of outs,
takes what has run before from its cache, and skips a stage when the one before it writes what it wrote before.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from redsm5_hpo.core.dvc_hash import dvc_hash
from redsm5_hpo.core.files import Json
from redsm5_hpo.execution.pipelines import Stage, read_mapping, value_at


def out_of_date(stages: Mapping[str, Stage]) -> set[str]:
    """The names of stages that have not run as they are now, and of all that depend on one of them.

    Args:
        stages: by name; with each stage those that write what it depends on.
    """
    pipelines = {stage.pipeline for stage in stages.values()}
    recorded = {pipeline: read_mapping(pipeline.with_suffix(".lock")).get("stages", {}) for pipeline in pipelines}
    locks = {name: recorded[stage.pipeline].get(name, {}) for name, stage in stages.items()}
    written = {out: name for name, stage in stages.items() for out in stage.outs}
    outs = {name: _hashes(lock, "outs") for name, lock in locks.items()}
    settings, content = cache(read_mapping), cache(_content)

    def has_changed(dep: Path, before: str | None) -> bool:
        if dep not in written:
            return content(dep) != before
        return is_old(written[dep]) or outs[written[dep]].get(dep) != before

    @cache
    def is_old(name: str) -> bool:
        stage, lock = stages[name], locks[name]
        if lock.get("cmd") != stage.command or not all(map(Path.exists, stage.outs)):
            return True
        if any(
            _plain(value_at(settings(file), key)) != _plain(_recorded(lock, file, key)) for file, key in stage.settings
        ):
            return True
        before = _hashes(lock, "deps")
        return any(has_changed(dep, before.get(dep)) for dep in stage.deps)

    return set(filter(is_old, stages))


def _content(path: Path) -> str | None:
    """Its hash in dvc.lock; None for what is missing or vanishes meanwhile."""
    try:
        return dvc_hash(path)
    except OSError:
        return None


def _hashes(lock: Mapping[str, Json], kind: str) -> dict[Path, str]:
    return {Path(each["path"]): each.get("md5", "") for each in lock.get(kind, [])}


def _recorded(lock: Mapping[str, Json], file: Path, key: str) -> Json:
    return lock.get("params", {}).get(str(file), {}).get(key)


def _plain(value: Json) -> Json:
    """A setting without differences of notation: 1.0e-5 is written to dvc.lock as 1e-05, text to this YAML."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
