"""Stage hpo_max of one architecture: the maximal search."""

import argparse

from redsm5_hpo.training.worker_server import start_worker_server

if __name__ == "__main__":  # first of all: the workers' server may have to import first
    start_worker_server("redsm5_hpo.search.trial")

from redsm5_hpo.errors import run_command
from redsm5_hpo.params import known_architecture, load_params
from redsm5_hpo.params.maximal import load_maximal


def main() -> None:
    """Run the maximal search of the architecture named on the command line."""
    from redsm5_hpo.search.maximal import run_maximal  # here, since workers import this module too

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", type=known_architecture)
    run_maximal(load_params(), load_maximal(), parser.parse_args().architecture)


if __name__ == "__main__":
    run_command(main)
