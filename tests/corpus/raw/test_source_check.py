"""The check, before DVC, that the corpus of the settings is there."""

import shutil
import subprocess
import sys

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.raw.source_check import main
from tests.corpus.builders import write_source
from tests.pipeline.definition import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A working directory with the settings and the corpus demo alone."""
    monkeypatch.chdir(tmp_path)
    for name in ("params.yaml", "redsm5.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    write_source(tmp_path / "data/raw/demo")
    return tmp_path


@pytest.mark.usefixtures("project")
def test_a_corpus_that_is_there_is_no_error():
    main([])


@pytest.mark.usefixtures("project")
def test_the_settings_of_a_file_replace_those_of_params():
    with pytest.raises(CorpusError, match=r"data/raw/redsm5 holds no corpus(.|\n)*there are: demo"):
        main(["redsm5.yaml"])


SETTINGS = {
    "another corpus": "data:\n  source: nosuch\n",
    "a name without its quotes": "data:\n  source: 2024_01\n",
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_mistyped_name_is_an_error_with_the_corpora_there_are(project, settings):
    (project / "mine.yaml").write_text(settings)
    with pytest.raises(CorpusError, match=r"holds no corpus(.|\n)*there are: demo"):
        main(["mine.yaml"])


OTHERS = {"an empty section": "data:\n", "no section": "data: demo\n", "another section": "split:\n  seed: 1\n"}


@pytest.mark.parametrize("settings", OTHERS.values(), ids=OTHERS)
def test_a_file_that_names_no_corpus_leaves_that_of_params(project, settings):
    (project / "mine.yaml").write_text(settings)
    main(["mine.yaml"])


@pytest.mark.slow
def test_the_command_ends_with_status_1_and_no_traceback(project):
    command = [sys.executable, "-m", "redsm5_hpo.corpus.raw.source_check", "redsm5.yaml"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603 (our own)
    assert done.returncode == 1
    assert done.stderr.startswith("error: data/raw/redsm5 holds no corpus")
