"""The command `redsm5-hpo predict`: a model's predictions for every post of a file.

Owns the command line, and what an output depends on. What is predicted is decided elsewhere.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import redsm5_hpo
from redsm5_hpo.core.errors import run_command
from redsm5_hpo.core.files import Json, file_sha256, hash_files
from redsm5_hpo.core.folders import SUMS
from redsm5_hpo.corpus.raw.definitions import read_criteria
from redsm5_hpo.corpus.raw.problems import refuse
from redsm5_hpo.execution.forkserver import start_worker_server
from redsm5_hpo.execution.pool import worker_count
from redsm5_hpo.execution.post_progress import PostProgress
from redsm5_hpo.inference.checkpoint import load_checkpoint
from redsm5_hpo.inference.post_files import PostFile, check_posts, find_posts, left_out, read_posts
from redsm5_hpo.inference.prediction_output import COLUMNS, opened_output
from redsm5_hpo.inference.streamed import PostsRequest, streamed_predictions
from redsm5_hpo.training.workers import machine_of_workers

_CODE = ("core", "corpus", "inference", "modeling", "params", "training")  # what decides a prediction
_LIBRARIES = ("numpy", "tokenizers", "torch", "transformers")


def main(arguments: Sequence[str] | None = None) -> None:
    """`redsm5-hpo`: its subcommands, of which predict is the only one."""
    parser = argparse.ArgumentParser(prog="redsm5-hpo", description=redsm5_hpo.__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_arguments(commands.add_parser("predict", help="predict for every post of a file", description=_DESCRIPTION))
    _run(parser.parse_args(arguments))


def predict_main(arguments: Sequence[str] | None = None) -> None:
    """`python -m redsm5_hpo.inference`: the subcommand predict alone."""
    parser = argparse.ArgumentParser(prog="python -m redsm5_hpo.inference", description=_DESCRIPTION)
    _add_arguments(parser)
    _run(parser.parse_args(arguments))


_DESCRIPTION = (
    f"Predict every criterion for every post, and write {', '.join(COLUMNS)} as CSV. The same command continues an "
    "output that was cut. HPO_WORKERS sets the number of workers; it changes no prediction."
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="a folder that refit wrote, such as models/share")
    parser.add_argument("posts", type=Path, help="a CSV file with post_id and text, or a folder with one *posts.csv")
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    parser.add_argument("--criteria", type=Path, help="label: definition lines; by default those of the model's fits")


def _run(arguments: argparse.Namespace) -> None:
    run_command(partial(_predict, arguments), "the same command")


def _predict(arguments: argparse.Namespace) -> None:
    checkpoint = load_checkpoint(arguments.model)
    criteria = _definitions(arguments.criteria) if arguments.criteria else checkpoint.criteria
    start_worker_server("redsm5_hpo.inference.sharded", "redsm5_hpo.inference.predictor")
    file = check_posts(find_posts(arguments.posts))
    sys.stderr.writelines(f"{line}\n" for line in _left_out(file))
    machine = machine_of_workers(())
    request = PostsRequest(arguments.model.resolve(), checkpoint, criteria, machine)
    made_by = _made_by(request, file)
    workers = worker_count(file.posts, machine.gpus)
    with (
        opened_output(arguments.out, made_by, read_posts(file.path), list(criteria)) as output,
        PostProgress(file.posts, output.kept) as progress,
        closing(streamed_predictions(request, read_posts(file.path), workers, output.kept)) as shards,
    ):
        if output.kept:
            progress.write(f"{output.kept:,} of {file.posts:,} posts are kept from an earlier run")
        for rows in shards:
            output.write(rows)
            progress.finished(len(rows) // len(criteria))
    sys.stderr.write(f"{arguments.out}: {file.posts:,} posts x {len(criteria)} criteria\n")


def _definitions(path: Path) -> dict[str, str]:
    criteria, problems = read_criteria(path)
    refuse(path, problems)
    return criteria


def _left_out(file: PostFile) -> list[str]:
    """What of a file is not predicted for or not read, one line for each kind."""
    blank = [f"{file.blank:,} blank rows are left out"] if file.blank else []
    ignored = [f"columns that are not read: {', '.join(file.ignored)}"] if file.ignored else []
    return [f"{file.path.name}: {line}" for line in (*left_out(file.placeholders), *blank, *ignored)]


def _made_by(request: PostsRequest, file: PostFile) -> dict[str, Json]:
    """All that predictions depend on, so that an output is only continued with the same."""
    package = Path(redsm5_hpo.__file__).parent
    return {
        "model": file_sha256(request.folder / SUMS),
        "criteria": [list(item) for item in request.criteria.items()],
        "posts": {"count": file.posts, "sha256": file.sha256},
        "code": hash_files([package / part for part in _CODE], relative_to=package),
        "libraries": {name: request.machine.libraries[name] for name in _LIBRARIES},
        "device": f"{request.machine.device} {request.machine.model}".strip(),
    }
