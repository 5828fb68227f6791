"""Stage split: data/prepared -> data/splits/{train,val,test}."""

import sys

from redsm5_hpo.execution.stage_process import end_with_dvc

if __name__ == "__main__":
    end_with_dvc()

from redsm5_hpo.core.files import read_json, write_json
from redsm5_hpo.core.layout import PREDEFINED_SPLITS, PREPARED, SPLIT_METRICS, SPLITS
from redsm5_hpo.corpus.records import Corpus, read_saved
from redsm5_hpo.corpus.splits.assignment import save_splits, split, split_counts
from redsm5_hpo.corpus.splits.detectable_difference import detectable_differences, detectable_differences_message
from redsm5_hpo.corpus.splits.leakage import check_splits, related
from redsm5_hpo.corpus.sufficiency import check_trainable_splits
from redsm5_hpo.execution.stage_inputs import run_stage
from redsm5_hpo.params import load_params


def main() -> None:
    """Assign the prepared posts to splits, refuse splits that leak, and write them with their counts."""
    params = load_params().split
    predefined = read_saved(PREPARED / PREDEFINED_SPLITS, read_json)
    corpus = Corpus.load(PREPARED)
    relations = related(corpus.posts, params)
    splits = split(corpus, params, predefined, relations)
    warnings = [*check_splits(splits, relations), *check_trainable_splits(splits)]
    counts = split_counts(splits, relations)
    detectable = detectable_differences(splits["test"], params)
    save_splits(splits, SPLITS)
    write_json(SPLIT_METRICS, {**counts, "minimum_detectable_difference": detectable})
    for name, each in splits.items():
        sys.stdout.write(f"{name}: {len(each.posts)} posts, {len(each.sentences)} rows, {len(each.pairs)} pairs\n")
    sys.stdout.write(f"{detectable_differences_message(detectable)}\n")
    sys.stderr.writelines(f"warning: {line}\n" for line in warnings)


if __name__ == "__main__":
    run_stage(main)
