"""Stage select of one architecture: the best trials and the default configuration run again, and one is selected."""

import argparse

from redsm5_hpo.execution.forkserver import start_worker_server

if __name__ == "__main__":  # first of all: the workers' server may have to import first
    start_worker_server("redsm5_hpo.selection.reruns", "redsm5_hpo.search.trial")

from redsm5_hpo.execution.stage_inputs import run_stage
from redsm5_hpo.params import known_architecture, load_params


def main() -> None:
    """Select for the architecture named on the command line."""
    from redsm5_hpo.selection.select import select  # here, since workers import this module too

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", type=known_architecture)
    parser.add_argument("search", nargs="?", default="", choices=("", "max"))
    arguments = parser.parse_args()
    select(load_params(), arguments.architecture, arguments.search)


if __name__ == "__main__":
    run_stage(main)
