"""No code in a checkpoint or in the token cache is ever run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.folders import seal
from redsm5_hpo.core.layout import TOKENS
from redsm5_hpo.inference.calibration import Calibration
from redsm5_hpo.inference.checkpoint import save_checkpoint
from redsm5_hpo.inference.predictor import load_predictor, save_seed
from redsm5_hpo.modeling.encoders import load_tokenizer
from redsm5_hpo.training.data.windows import make_windows
from redsm5_hpo.training.model import fresh_model, tokenizers
from tests.hostile import Payload, edit_json, write_code, write_pickle, write_torch_pickle
from tests.training.builders import CRITERIA, configured, example, spec

Hostility = Callable[[Path, Path], None]  # changes a checkpoint's folder so that a careless reader writes the canary
ENCODER = Path("seed-1/encoder-0")
HEADS = Path("seed-1/heads.safetensors")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


@pytest.fixture
def folder(tiny, splits, tmp_path: Path) -> Path:
    """A checkpoint's folder as refit writes it, of an untrained model."""
    configuration, directory = configured(tiny["bert"]), tmp_path / "model"
    model = fresh_model("criteria", configuration, freeze_word_embeddings=False, seed=1)
    save_seed(directory, 1, model, tokenizers("criteria", configuration.encoder_params))
    save_checkpoint(directory, spec(splits, "criteria"), configuration, [1], Calibration(), {}, CRITERIA)
    return directory


def replaced(name: Path, write: Hostility) -> Hostility:
    def change(folder: Path, canary: Path) -> None:
        (folder / name).unlink()
        write(folder / name, canary)

    return change


def pickled_weights(folder: Path, canary: Path) -> None:
    (folder / ENCODER / "model.safetensors").unlink()
    write_torch_pickle(folder / ENCODER / "pytorch_model.bin", canary)


def own_code(folder: Path, canary: Path) -> None:
    write_code(folder / ENCODER / "modeling.py", canary)
    edit_json(folder / ENCODER / "config.json", auto_map={"AutoModel": "modeling.M"}, trust_remote_code=True)


def elsewhere(folder: Path, canary: Path) -> None:
    """A seed whose path leads out of the folder, to a complete seed."""
    (folder / "seed-..").mkdir()
    (folder / "seed-1").rename(folder.parent / "outside")
    write_code(folder.parent / "outside/encoder-0/modeling.py", canary)
    edit_json(folder / "model.json", seeds=["../../outside"])


def link(folder: Path, canary: Path) -> None:
    write_pickle(folder.parent / "outside", canary)
    (folder / HEADS).unlink()
    (folder / HEADS).symlink_to(folder.parent / "outside")


REFUSED = {
    "pickled weights": pickled_weights,
    "a pickle named safetensors": replaced(ENCODER / "model.safetensors", write_torch_pickle),
    "pickled heads": replaced(HEADS, write_torch_pickle),
    "plainly pickled heads": replaced(HEADS, write_pickle),
    "heads that are a link to a pickle": link,
    "a pickled model.json": replaced(Path("model.json"), write_pickle),
    "code of its own": own_code,
    "a seed elsewhere": elsewhere,
}


@pytest.mark.parametrize("hostility", REFUSED.values(), ids=REFUSED)
def test_a_hostile_checkpoint_is_refused_and_runs_nothing(folder: Path, canary: Path, hostility: Hostility) -> None:
    load_predictor(folder)
    hostility(folder, canary)
    seal(folder)  # whoever writes a hostile file can write its checksum
    with pytest.raises(HpoError):
        load_predictor(folder)
    assert not canary.exists()


def test_added_pickles_and_code_are_not_read(folder: Path, canary: Path) -> None:
    write_torch_pickle(folder / ENCODER / "pytorch_model.bin", canary)
    write_code(folder / ENCODER / "tokenization.py", canary)
    edit_json(folder / ENCODER / "tokenizer_config.json", auto_map={"AutoTokenizer": ["tokenization.T"] * 2})
    seal(folder)
    load_predictor(folder).predict([example("i feel sad")])
    assert not canary.exists()


@pytest.mark.parametrize("form", ["arrays", "pickle"])
def test_a_hostile_token_cache_is_made_again_and_runs_nothing(tiny, canary: Path, form: str) -> None:
    tokenizer = load_tokenizer(tiny["bert"])
    expected = make_windows([example("i feel sad")], [tokenizer], 64, 8).tokens
    (path,) = TOKENS.iterdir()
    whole = path.read_bytes()
    if form == "pickle":
        write_pickle(path, canary)
    else:
        np.savez(path, **dict.fromkeys(vars(expected), np.array([Payload(canary)], dtype=object)))
    found = make_windows([example("i feel sad")], [tokenizer], 64, 8).tokens
    assert {name: value.tolist() for name, value in vars(found).items()} == {
        name: value.tolist() for name, value in vars(expected).items()
    }
    assert path.read_bytes() == whole
    assert not canary.exists()
