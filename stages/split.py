"""The stage `split`: data/prepared -> data/splits/{train,val,test}."""

import sys
from pathlib import Path

from redsm5_hpo.processes import end_with_dvc

if __name__ == "__main__":
    end_with_dvc()

from redsm5_hpo.corpus.leakage import check_parts, related
from redsm5_hpo.corpus.records import Corpus, read_saved
from redsm5_hpo.corpus.resolution import resolution, resolution_told
from redsm5_hpo.corpus.splitting import save_parts, split, split_counts
from redsm5_hpo.errors import run_command
from redsm5_hpo.files import read_json, write_json
from redsm5_hpo.params import load_params


def main() -> None:
    """Deal the prepared posts to three parts, refuse a leaking split, and write the parts with their counts."""
    params = load_params().split
    prepared = Path("data/prepared")
    predefined = read_saved(prepared / "splits.json", read_json)
    corpus = Corpus.load(prepared)
    relations = related(corpus.posts, params.near_duplicate_threshold, params.quoted_words)
    parts = split(corpus, params, predefined, relations)
    warnings = check_parts(parts, relations)
    counts = split_counts(parts, relations)
    resolved = resolution(parts["test"])
    save_parts(parts, Path("data/splits"))
    write_json(Path("metrics/split.json"), {**counts, "smallest_difference": resolved})
    for name, part in parts.items():
        sys.stdout.write(f"{name}: {len(part.posts)} posts, {len(part.sentences)} rows, {len(part.pairs)} pairs\n")
    sys.stdout.write(f"{resolution_told(resolved)}\n")
    sys.stderr.writelines(f"warning: {line}\n" for line in warnings)


if __name__ == "__main__":
    run_command(main)
