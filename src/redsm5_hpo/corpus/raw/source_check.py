"""`python -m redsm5_hpo.corpus.raw.source_check [FILE]`: an error unless the corpus of data.source is there.

Owns when that is asked: before DVC, which looks for what a stage depends on before the stage could say what is missing,
and names the path alone. FILE, such as redsm5.yaml, has settings that replace those of params.yaml.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from redsm5_hpo.core.errors import ParamsError, run_command
from redsm5_hpo.core.layout import RAW
from redsm5_hpo.corpus.raw.reading import check_source
from redsm5_hpo.params import load_params
from redsm5_hpo.params.yaml_mapping import read_yaml_mapping


def main(files: Sequence[str]) -> None:
    """Raise an HpoError that says which corpora there are, unless there is the one of the settings."""
    source = load_params().data.source
    for file in files:
        section = read_yaml_mapping(Path(file), ParamsError).get("data")
        source = section.get("source", source) if isinstance(section, dict) else source
    check_source(RAW / str(source))


if __name__ == "__main__":
    run_command(partial(main, sys.argv[1:]))
