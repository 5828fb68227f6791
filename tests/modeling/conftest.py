"""Tiny encoders of every family and one of another width, saved once."""

import pytest

from tests.modeling.builders import save_narrow_encoder
from tests.tiny_encoders import FAMILIES, save_tiny_encoder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny")
    directories = {family: save_tiny_encoder(family, root / family) for family in FAMILIES}
    return {**directories, "narrow": save_narrow_encoder("roberta", root / "narrow")}
