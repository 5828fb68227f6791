"""Stage prepare: data/raw/SOURCE -> data/prepared."""

import sys

from redsm5_hpo.execution.stage_process import end_with_dvc

if __name__ == "__main__":
    end_with_dvc()

from redsm5_hpo.core.files import write_csv, write_json
from redsm5_hpo.core.folders import replaced_folder
from redsm5_hpo.core.layout import PREDEFINED_SPLITS, PREPARE_METRICS, PREPARED, RAW, UNALIGNED
from redsm5_hpo.corpus.preparation import UNALIGNED_COLUMNS, preparation_warnings, prepare
from redsm5_hpo.corpus.raw.reading import read_raw
from redsm5_hpo.corpus.sufficiency import check_corpus
from redsm5_hpo.execution.stage_inputs import run_stage
from redsm5_hpo.params import load_params


def main() -> None:
    """Read the raw corpus, prepare its sentences and pairs, and write them with their counts."""
    data = load_params().data
    raw = read_raw(RAW / data.source, data.excluded_labels)
    corpus, unaligned, counts = prepare(raw, data)
    check_corpus(corpus)
    with replaced_folder(PREPARED) as folder:
        write_json(folder / PREDEFINED_SPLITS, raw.predefined)
        write_csv(folder / UNALIGNED, UNALIGNED_COLUMNS, unaligned)
        corpus.save(folder)  # last, since it seals the folder
    write_json(PREPARE_METRICS, counts)
    sys.stdout.write(
        f"{data.source}: {len(corpus.posts)} posts, {len(corpus.sentences)} annotation rows "
        f"({sum(raw.excluded.values())} more excluded), {len(corpus.pairs)} pairs "
        f"({counts['pairs']['present']} present)\n"
    )
    sys.stderr.writelines(f"warning: {line}\n" for line in preparation_warnings(raw, counts))


if __name__ == "__main__":
    run_stage(main)
