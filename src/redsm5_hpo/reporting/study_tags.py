"""What tells studies of an architecture and a stage apart in MLflow: corpus, encoder, budget and commit.

Owns the tags' names. They are those of the working directory at the export: a study's files do not have them.
"""

import subprocess

from redsm5_hpo.core import layout
from redsm5_hpo.execution.pipelines import read_mapping, value_at

COMMIT = "mlflow.source.git.commit"  # which MLflow's pages show as the version


def study_tags(architecture: str, stage: str) -> dict[str, str]:
    """The tags of a search stage, such as hpo_s2; without what the settings do not have, and the commit outside git."""
    name = stage.removeprefix(layout.search_stage(""))
    is_maximal = name in layout.SEARCH_STAGES[layout.MAXIMAL]
    main = read_mapping(layout.PARAMS)
    searched = read_mapping(layout.MAXIMAL_PARAMS) if is_maximal else main
    trials = value_at(searched, f"hpo.{name}.trials")
    found = {
        **{key: value_at(main, key) for key in ("data.source", "encoder.name")},
        f"hpo.{name}.trials": trials or value_at(searched, f"hpo.{name}.trials_per_architecture.{architecture}"),
        f"hpo.{name}.epochs": value_at(searched, f"hpo.{name}.epochs"),
        COMMIT: _commit() or None,
    }
    return {key: str(value) for key, value in found.items() if value is not None}


def _commit() -> str:
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (git, no argument of a user)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
