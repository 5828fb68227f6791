"""Whether an encoder can be used, found out before anything is trained and without loading its weights.

Owns the order of the questions. What each of them asks is directory's, loading's and properties'.
"""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from redsm5_hpo.errors import EncoderError
from redsm5_hpo.modeling.encoders.directory import read_files
from redsm5_hpo.modeling.encoders.loading import load_tokenizer
from redsm5_hpo.modeling.encoders.properties import check_max_length
from redsm5_hpo.modeling.encoders.source import encoder_directory


def check_usable(name: str, max_length: int | None = None) -> None:
    """Raise EncoderError for what can be known of an encoder by its files, and for windows that it cannot read.

    Args:
        name: of the registry, or a directory.
        max_length: of the windows in tokens; None when that is not yet known.
    """
    directory = encoder_directory(name, verify=False)
    for path in read_files(directory):
        if path.suffix == ".safetensors":
            _check_whole(path)
    tokenizer = load_tokenizer(directory)
    if max_length is not None:
        check_max_length(max_length, directory, tokenizer)


def _check_whole(weights: Path) -> None:
    try:
        # Reads the list of tensors, which must fill the file exactly.
        with safe_open(weights, framework="pt"):
            pass
    except (SafetensorError, OSError) as problem:
        raise EncoderError(
            f"{weights} is damaged",
            got=str(problem),
            allowed="an intact safetensors file",
            remedy="fetch or save the encoder again",
        ) from None
