"""Stage report of one architecture: what git keeps of a run, and the data of the figures that dvc.yaml defines."""

import argparse

from redsm5_hpo.execution.stage_process import end_with_dvc

if __name__ == "__main__":
    end_with_dvc()

from redsm5_hpo.execution.stage_inputs import run_stage
from redsm5_hpo.params import known_architecture
from redsm5_hpo.reporting.figures import write_figures
from redsm5_hpo.reporting.record import record_metrics


def main() -> None:
    """Write the report of the architecture named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", type=known_architecture)
    parser.add_argument("search", nargs="?", default="", choices=("", "max"))
    arguments = parser.parse_args()
    record_metrics(arguments.architecture, arguments.search)
    write_figures(arguments.architecture, arguments.search)


if __name__ == "__main__":
    run_stage(main)
