"""Stage hpo_s0, hpo_s1, hpo_s2 or hpo_max of one architecture: a search."""

import argparse

from redsm5_hpo.execution.forkserver import start_worker_server

if __name__ == "__main__":  # first of all: the workers' server may have to import first
    start_worker_server("redsm5_hpo.search.trial")

from redsm5_hpo.execution.stage_inputs import run_stage
from redsm5_hpo.params import known_architecture, load_params
from redsm5_hpo.params.maximal import load_maximal


def main() -> None:
    """Run the search stage named on the command line."""
    from redsm5_hpo.search.run_search import run_search  # here, since workers import this module too

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=("s0", "s1", "s2", "max"))
    parser.add_argument("architecture", type=known_architecture)
    arguments = parser.parse_args()
    params, architecture = load_params(), arguments.architecture
    if arguments.stage == "max":
        from redsm5_hpo.search.searches.maximal import maximal_search  # it imports torch

        run_search(maximal_search(params, load_maximal(), architecture))
    else:
        from redsm5_hpo.search.searches.staged import staged_search

        run_search(staged_search(params, architecture, arguments.stage))


if __name__ == "__main__":
    run_stage(main)
