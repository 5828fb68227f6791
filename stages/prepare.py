"""The stage `prepare`: data/raw/SOURCE -> data/prepared."""

import sys
from pathlib import Path

from redsm5_hpo.processes import end_with_dvc

if __name__ == "__main__":
    end_with_dvc()

from redsm5_hpo.corpus.folders import replaced_folder
from redsm5_hpo.corpus.preparation import preparation_warnings, prepare
from redsm5_hpo.corpus.reading import read_raw
from redsm5_hpo.errors import run_command
from redsm5_hpo.files import write_json
from redsm5_hpo.params import load_params


def main() -> None:
    """Read the raw corpus, make sentences and pairs of it, and write them with their counts."""
    data = load_params().data
    raw = read_raw(Path("data/raw") / data.source, data.excluded_labels)
    corpus, counts = prepare(raw, data)
    with replaced_folder(Path("data/prepared")) as folder:
        write_json(folder / "splits.json", raw.predefined)
        corpus.save(folder)  # last, for it seals the folder
    write_json(Path("metrics/prepare.json"), counts)
    sys.stdout.write(
        f"{data.source}: {len(corpus.posts)} posts, {len(corpus.sentences)} annotation rows "
        f"({sum(raw.excluded.values())} more excluded), {len(corpus.pairs)} pairs "
        f"({counts['pairs']['present']} present)\n"
    )
    sys.stderr.writelines(f"warning: {line}\n" for line in preparation_warnings(raw, counts))


if __name__ == "__main__":
    run_command(main)
