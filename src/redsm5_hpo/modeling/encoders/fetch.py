"""Encoders by name before they are needed: `python -m redsm5_hpo.modeling.encoders.fetch NAME...`, or `make encoders`.

Owns what is printed about them. A stage fetches the encoder that it needs in the same way.
"""

import argparse
import sys

from redsm5_hpo.core.errors import run_command
from redsm5_hpo.core.files import Json, read_json
from redsm5_hpo.modeling.encoders import store
from redsm5_hpo.modeling.encoders.loading import load_encoder, load_tokenizer
from redsm5_hpo.modeling.encoders.source import encoder_directory


def main() -> None:
    """Fetch the encoders named on the command line, load each once, and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", help="a name of the registry, or ORG/NAME[@REVISION]")
    for name in parser.parse_args().names:
        sys.stdout.write(f"{fetched(name)}\n")


def fetched(name: str) -> str:
    """Where an encoder is, after it was fetched and loaded once; raises as encoder_directory and load_encoder."""
    directory = encoder_directory(name)
    load_tokenizer(directory)
    weights = sum(parameter.numel() for parameter in load_encoder(directory).parameters())
    lines = [f"{name}: {weights / 1e6:.1f} million weights in {directory}"]
    if (directory / store.SOURCE).is_file():
        lines += _source(read_json(directory / store.SOURCE))
    elif store.is_commit(directory.name):
        lines += [f"  commit {directory.name}, from the cache of the hub's client"]
    return "\n".join(lines)


def _source(source: Json) -> list[str]:
    lines = [f"  commit {source['commit']} of {source['repository']}"]
    lines += [
        f"  {name}, SHA-256 {digest}" for name, digest in source["sha256"].items() if name.endswith(".safetensors")
    ]
    if converted := source.get("converted"):
        lines += [f"  converted from {name}, SHA-256 {digest}" for name, digest in converted["from"].items()]
        if not converted["without_network"]:
            lines += ["  by a process that this system did not let give up the network"]
    return lines


if __name__ == "__main__":
    run_command(main, "the same command")
