"""Running searches for optuna-dashboard: `python -m redsm5_hpo.reporting.live_study` keeps an Optuna journal of each.

Owns report/live/ARCH-STAGE.log. Reads the studies' own journals without their locks: no search waits for it, and no
result depends on it. A trial is shown once all before it are finished, so that a search's file only ever grows.
"""

import json
import time
from itertools import takewhile
from pathlib import Path

from pydantic import TypeAdapter

from redsm5_hpo.core.errors import run_command
from redsm5_hpo.core.files import Json
from redsm5_hpo.core.layout import JOURNALS, SEARCH_STAGES
from redsm5_hpo.params import Space
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.storage.optuna_journal import write_optuna_journal
from redsm5_hpo.search.storage.retention import FINISHED

FOLDER = Path("report/live")
_SECONDS = 2.0
_SPACE: TypeAdapter[Space] = TypeAdapter(Space)
_SEARCHES = {stage for stages in SEARCH_STAGES.values() for stage in stages}


def write_live_studies(journals: Path = JOURNALS, folder: Path = FOLDER) -> dict[Path, int]:
    """Write an Optuna journal of each search that is unfinished; returns their paths with the trials that they show."""
    written = {}
    for name, (path, header, lines) in _newest(journals).items():
        if not path.with_name(FINISHED).exists():
            records = _in_order([line for line in lines if line is not None])
            write_optuna_journal(folder / f"{name}.log", name, _space(header["settings"]), records)
            written[folder / f"{name}.log"] = len(records)
    return written


def _newest(journals: Path) -> dict[str, tuple[Path, Json, list[Json]]]:
    """The journal of each search that was written last: those of other settings stay until they run again."""
    newest = {}
    for path in sorted(journals.glob("*/journal.jsonl"), key=_modified):
        # No header yet where a study has only begun.
        header, *lines = _contents(path)
        if isinstance(header, dict) and header["stage"] in _SEARCHES:
            newest[f"{header['architecture']}-{header['stage']}"] = (path, header, lines)
    return newest


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _contents(path: Path) -> list[Json]:
    """What each line holds; of a journal that was discarded meanwhile one line that holds nothing."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")  # a line may be cut inside of a character
    except FileNotFoundError:
        text = ""
    return [_content(line) for line in text.split("\n")]


def _content(line: str) -> Json:
    """What a line holds; None for one that is still being written."""
    try:
        return json.loads(line)["content"]
    except (ValueError, KeyError):
        return None


def _space(settings: Json) -> Space:
    """The space of the settings; hpo_s2 narrows it, and its trials lie inside."""
    return _SPACE.validate_python(settings["space"] if "space" in settings else settings["hpo"]["space"])


def _in_order(lines: list[Json]) -> list[TrialRecord]:
    records = sorted((TrialRecord.from_json(line) for line in lines), key=lambda record: record.number)
    return [record for _, record in takewhile(lambda each: each[0] == each[1].number, enumerate(records))]


def main() -> None:
    """Follow the searches until Ctrl-C, and print each change."""
    shown: dict[Path, int] = {}
    while True:
        for path, trials in (found := write_live_studies()).items():
            if shown.get(path) != trials:
                print(f"{path}: {trials} trials", flush=True)
        shown = found
        time.sleep(_SECONDS)


if __name__ == "__main__":
    run_command(main, again="`python -m redsm5_hpo.reporting.live_study`")
