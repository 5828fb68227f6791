"""Stage hpo_s0, hpo_s1 or hpo_s2 of one architecture: search, starting from the stage before."""

import argparse

from redsm5_hpo.training.worker_server import start_worker_server

if __name__ == "__main__":  # first of all: the workers' server may have to import first
    start_worker_server("redsm5_hpo.search.trial")

from redsm5_hpo.errors import run_command
from redsm5_hpo.params import known_architecture, load_params


def main() -> None:
    """Run the search stage named on the command line."""
    from redsm5_hpo.search.multistage import run_stage  # here, since workers import this module too

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=("s0", "s1", "s2"))
    parser.add_argument("architecture", type=known_architecture)
    arguments = parser.parse_args()
    run_stage(load_params(), arguments.architecture, arguments.stage)


if __name__ == "__main__":
    run_command(main)
