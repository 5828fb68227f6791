"""Stage evaluate of one architecture: the only one that reads test."""

import argparse

from redsm5_hpo.errors import run_command
from redsm5_hpo.params import load_params
from redsm5_hpo.reporting.evaluation import evaluate


def main() -> None:
    """Evaluate the architecture named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture")
    evaluate(load_params(), parser.parse_args().architecture)


if __name__ == "__main__":
    run_command(main)
