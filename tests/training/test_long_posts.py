"""A post of many windows whose evidence is in one of them."""

import numpy as np
import pytest

from redsm5_hpo.training.data.dataset import make_dataset
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.prediction import predict
from tests.training.builders import CPU, EVIDENCE, FILLERS, configured, example, learnable_corpus, never, spec

SENTENCES = 160


@pytest.fixture(scope="module")
def trained(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    learnable_corpus(40).save(folder / "train")
    learnable_corpus(8, first=40).save(folder / "val")
    configuration = configured(tiny["bert"], max_length=48, stride=8)
    return fit(spec(folder, "evidence", 8), configuration, 1, never).model, configuration


@pytest.mark.parametrize("place", [0, SENTENCES // 2, SENTENCES], ids=["first", "middle", "last"])
def test_the_evidence_of_thirty_windows_is_found_in_the_one_that_shows_it(trained, place):
    model, configuration = trained
    lines = [FILLERS[number % len(FILLERS)] for number in range(SENTENCES)]
    lines.insert(place, EVIDENCE["MOOD"])
    text = " ".join(lines)
    start = text.index(EVIDENCE["MOOD"])
    gold = (start, start + len(EVIDENCE["MOOD"]))
    data = make_dataset([example(text, gold)], "evidence", configuration.encoder_params, CPU)
    assert len(data.windows) >= 30
    assert np.unique(data.windows.status).tolist() == [0, 1]
    by_window, _, _ = predict([model], data.batches, data.windows, CPU, batch_size=8)
    (prediction,) = by_window.by_example(1)
    assert prediction.span == gold
