"""Stage select of one architecture: the best trials and the default configuration run again, and one is shipped."""

import argparse

from redsm5_hpo.training.worker_server import start_worker_server

if __name__ == "__main__":  # first of all: the workers' server may have to import first
    start_worker_server("redsm5_hpo.search.reruns", "redsm5_hpo.search.trial")

from redsm5_hpo.errors import run_command
from redsm5_hpo.params import known_architecture, load_params


def main() -> None:
    """Select for the architecture named on the command line."""
    from redsm5_hpo.search.selection import select  # here, since workers import this module too

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", type=known_architecture)
    parser.add_argument("searched", nargs="?", default="s2", choices=("s2", "max"))
    arguments = parser.parse_args()
    name = "select" if arguments.searched == "s2" else f"select_{arguments.searched}"
    select(load_params(), arguments.architecture, arguments.searched, name)


if __name__ == "__main__":
    run_command(main)
