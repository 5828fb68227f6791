"""A GPU that cannot be used is an error with a remedy; what may be a bug keeps its traceback."""

import pytest
import torch

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.training import fit as fit_module
from redsm5_hpo.training.gpu_errors import explained_gpu_errors
from tests.training.builders import CONFIGURATION, never, spec

HINT = "\nCUDA kernel errors might be asynchronously reported at some other API call"
EXPLAINED = {
    "an old model": ("CUDA error: no kernel image is available for execution on the device", "whl/cu126"),
    "one process at a time": ("CUDA error: CUDA-capable device(s) is/are busy or unavailable", "HPO_WORKERS"),
    "its memory": ("CUDA error: uncorrectable ECC error encountered", "nvidia-smi"),
    "a launch": ("CUDA error: unspecified launch failure", "nvidia-smi"),
    "another driver": ("CUDA unknown error - this may be due to an incorrectly set up environment", "nvidia-smi"),
    "off the bus": ("CUDA error: no CUDA-capable device is detected", "nvidia-smi"),
}
KEPT = {
    "an assertion": torch.AcceleratorError("CUDA error: device-side assert triggered"),
    "an illegal access": torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
    "no memory": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
    "no memory of CUDA": torch.AcceleratorError("CUDA error: out of memory"),
    "shapes": RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
    "another library": RuntimeError("unknown error"),
}


@pytest.mark.parametrize(("message", "remedy"), EXPLAINED.values(), ids=EXPLAINED)
def test_a_gpu_that_cannot_be_used_is_an_error_with_a_remedy(message, remedy):
    with pytest.raises(HpoError) as caught, explained_gpu_errors():
        raise torch.AcceleratorError(message + HINT)
    assert caught.value.got == message
    assert remedy in caught.value.remedy
    assert "{" not in caught.value.remedy


@pytest.mark.parametrize("error", KEPT.values(), ids=KEPT)
def test_any_other_error_stays_as_it_is(error):
    with pytest.raises(type(error)) as caught, explained_gpu_errors():
        raise error
    assert caught.value is error


FITS = {
    "fit": lambda settings: fit_module.fit(settings, CONFIGURATION, 1, never),
    "fit_and_score": lambda settings: fit_module.fit_and_score(settings, CONFIGURATION, 1, 1),
    "fit_all_epochs": lambda settings: fit_module.fit_all_epochs(settings, CONFIGURATION, 1, 1),
}


@pytest.mark.parametrize("run", FITS.values(), ids=FITS)
def test_every_fit_explains_a_gpu_that_fails(splits, monkeypatch, run):
    def failing(*_):
        raise torch.AcceleratorError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(fit_module, "_start", failing)
    with pytest.raises(HpoError, match="the GPU cannot be used"):
        run(spec(splits, "share"))
