"""The command that predicts for every post of a file."""

import csv
import os
import signal
import tomllib
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from redsm5_hpo.core.files import write_csv
from redsm5_hpo.inference import command, posts, streamed
from redsm5_hpo.inference.command import main, predict_main
from tests.inference.builders import saved_model
from tests.training.builders import CRITERIA, ROOT, learnable_corpus

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("server")]
SOME = learnable_corpus(12).posts


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """Several shards, and one worker unless a test sets another number."""
    monkeypatch.setattr(posts, "SHARD_EXAMPLES", 4)
    monkeypatch.setenv("HPO_WORKERS", "1")


@pytest.fixture(params=["criteria", "evidence", "share"])
def model(request, tiny, workplace):
    """A checkpoint of an untrained model."""
    return saved_model(request.param, tiny["bert"], workplace / "model")


@pytest.fixture
def file(workplace):
    write_csv(workplace / "posts.csv", ("post_id", "text"), [(post.post_id, post.text) for post in SOME])
    return workplace / "posts.csv"


def predicted(model, file, *options, out="out.csv"):
    """The bytes of the output."""
    path = file.with_name(out)
    main(["predict", str(model), str(file), "--out", str(path), *map(str, options)])
    return path.read_bytes()


def table(content):
    return list(csv.DictReader(content.decode().splitlines()))


def test_every_post_and_criterion_has_a_row_whose_evidence_is_in_the_post(model, file):
    rows, texts = table(predicted(model, file)), {post.post_id: post.text for post in SOME}
    assert [(row["post_id"], row["criterion"]) for row in rows] == [
        (post, label) for post in texts for label in CRITERIA
    ]
    for row in rows:
        assert 0 <= float(row["probability"]) <= 1
        assert row["decision"] in ("0", "1")
        assert not row["start"] or 0 <= int(row["start"]) < int(row["end"]) <= len(texts[row["post_id"]])


def test_any_number_of_workers_writes_the_same_bytes(model, file, monkeypatch):
    found = set()
    for number in ("1", "2"):
        monkeypatch.setenv("HPO_WORKERS", number)
        found.add(predicted(model, file, out=f"{number}.csv"))
    assert len(found) == 1


@pytest.mark.parametrize("share_of_bytes", [0.02, 0.5, 0.97])
def test_a_cut_output_is_continued_with_the_same_bytes(share, file, share_of_bytes):
    whole = predicted(share, file)
    file.with_name("out.csv").write_bytes(whole[: int(len(whole) * share_of_bytes)])
    assert predicted(share, file) == whole


def test_what_is_kept_is_not_predicted_again(share, file, monkeypatch, capsys):
    whole = predicted(share, file)
    monkeypatch.setattr(streamed, "predict_shard", killed)
    assert predicted(share, file) == whole
    assert "12 of 12 posts are kept" in capsys.readouterr().err


def test_the_working_directory_gets_no_file_but_the_output(share, file):
    before = {path for path in file.parent.rglob("*") if path.is_file()}
    predicted(share, file)
    made = {path.name for path in file.parent.rglob("*") if path.is_file()} - {path.name for path in before}
    assert made == {"out.csv", "out.csv.json"}


def test_the_console_script_is_the_command():
    (script,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"].items()
    assert script[0] == "redsm5-hpo"
    assert EntryPoint(*script, "console_scripts").load() is main


def test_the_module_is_the_same_command(share, file):
    predict_main([str(share), str(file), "--out", str(file.with_name("module.csv"))])
    assert file.with_name("module.csv").read_bytes() == predicted(share, file)


def test_other_definitions_are_predicted_in_their_order(share, file):
    other = file.with_name("criteria.yaml")
    other.write_text("SLEEP: trouble with sleep\nFOOD: eats too little\n")
    rows = table(predicted(share, file, "--criteria", other))
    assert [row["criterion"] for row in rows[:3]] == ["SLEEP", "FOOD", "SLEEP"]


def test_an_output_of_other_definitions_is_refused(share, file, capsys):
    other = file.with_name("criteria.yaml")
    other.write_text("MOOD: something else\nSLEEP: trouble with sleep\n")
    predicted(share, file)
    assert "what differs: criteria" in refused(share, file, "--criteria", other, capsys=capsys)


MACHINES = {
    "another processor or GPU": ({"model": "another"}, "device"),
    "another torch": ({"libraries": dict.fromkeys(("numpy", "tokenizers", "torch", "transformers"), "0")}, "libraries"),
}


@pytest.mark.parametrize(("values", "differs"), MACHINES.values(), ids=MACHINES)
def test_an_output_of_another_machine_is_refused(share, file, monkeypatch, capsys, values, differs):
    """It rounds differently: half of the rows would be of one machine, and half of the other."""
    predicted(share, file)
    machine = replace(command.machine_of_workers(()), **values)
    monkeypatch.setattr(command, "machine_of_workers", lambda _: machine)
    assert f"what differs: {differs}\n" in refused(share, file, capsys=capsys)


def refused(model, file, *options, capsys):
    """What the command prints when it exits with status 1."""
    with pytest.raises(SystemExit) as exit_:
        predicted(model, file, *options)
    assert exit_.value.code == 1
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    return printed


def test_a_faulty_file_is_refused_before_anything_is_written(share, file, capsys):
    file.write_text("post_id,text\np1,sad\np1,\n")
    printed = refused(share, file, capsys=capsys)
    assert "posts.csv, line 3, column text: 0 characters" in printed
    assert "posts.csv, line 3, column post_id: 'p1' again" in printed
    assert not file.with_name("out.csv").exists()


def test_faulty_definitions_are_refused(share, file, capsys):
    other = file.with_name("criteria.yaml")
    other.write_text("- a list\n")
    assert "criteria.yaml: a list; allowed: a mapping" in refused(share, file, "--criteria", other, capsys=capsys)


def test_a_folder_that_holds_no_model_is_refused(file, capsys):
    assert "nowhere is not a complete checkpoint" in refused("nowhere", file, capsys=capsys)


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_dead_worker_is_an_error_with_the_remedy(share, file, monkeypatch, capsys):
    monkeypatch.setattr(streamed, "predict_shard", killed)
    printed = refused(share, file, capsys=capsys)
    assert "a worker died" in printed
    assert "0 of 12 posts are predicted and kept; the same command continues" in printed


def test_what_is_left_out_is_said(share, file, capsys):
    write_csv(file, ("n", "post_id", "text"), [(1, "p1", "[removed]"), (2, "p2", "sad"), ("", "", "")])
    predicted(share, file)
    printed = capsys.readouterr().err
    assert "1 posts are left out: their text says that it was removed" in printed
    assert "1 blank rows are left out" in printed
    assert "columns that are not read: n" in printed
