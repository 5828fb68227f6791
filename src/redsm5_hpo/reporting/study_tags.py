"""What tells studies of an architecture and a stage apart in MLflow: corpus, encoder, budget and commit.

Owns the tags' names. They are those of the working directory at the export: a study's files do not have them.
"""

import subprocess
from pathlib import Path

from redsm5_hpo.core import layout
from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.files import Json
from redsm5_hpo.params import read_yaml_mapping

COMMIT = "mlflow.source.git.commit"  # which MLflow's pages show as the version


def study_tags(architecture: str, stage: str) -> dict[str, str]:
    """The tags of a search stage, such as hpo_s2; without what the settings do not have, and the commit outside git.

    Raises:
        HpoError: a file of settings is not valid YAML.
    """
    name = stage.removeprefix(layout.search_stage(""))
    is_maximal = name in layout.SEARCH_STAGES[layout.MAXIMAL]
    main, searched = _settings(layout.PARAMS), _settings(layout.MAXIMAL_PARAMS if is_maximal else layout.PARAMS)
    found = {
        "data.source": _value(main, "data", "source"),
        "encoder.name": _value(main, "encoder", "name"),
        f"hpo.{name}.trials": _value(searched, "hpo", name, "trials")
        or _value(searched, "hpo", name, "trials_per_architecture", architecture),
        f"hpo.{name}.epochs": _value(searched, "hpo", name, "epochs"),
        COMMIT: _commit() or None,
    }
    return {key: str(value) for key, value in found.items() if value is not None}


def _settings(path: Path) -> dict[str, Json]:
    return read_yaml_mapping(path, HpoError) if path.exists() else {}


def _value(settings: Json, *keys: str) -> Json:
    for key in keys:
        settings = settings.get(key) if isinstance(settings, dict) else None
    return settings


def _commit() -> str:
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (git, no argument of a user)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
