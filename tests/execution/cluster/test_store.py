"""Folders that travel by content."""

from pathlib import Path

import pytest

from redsm5_hpo.execution.cluster import store as module
from redsm5_hpo.execution.cluster.messages import FOLDERS, OUTPUT, Sealed, dumped, loaded, locate
from redsm5_hpo.execution.cluster.store import Folder, Store


def made(path: Path, files: dict[str, bytes]) -> Folder:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return Folder.read(path)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 17])
def test_a_file_arrives_whole_in_parts_of_any_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 8)
    folder, store = made(tmp_path / "folder", {"a/b.bin": bytes(range(size))}), Store(tmp_path / "store")
    folder.send(store.missing, store.receive)
    store.lay_out(folder.digest, folder.files)
    assert (store.folders / folder.digest / "a/b.bin").read_bytes() == bytes(range(size))


def test_what_a_worker_has_is_not_sent_again(tmp_path: Path) -> None:
    store, received = Store(tmp_path / "store"), []

    def receive(digest: str, offset: int, part: Sealed) -> None:
        received.append(digest)
        store.receive(digest, offset, part)

    for name, files in {"one": {"a": b"1", "b": b"1"}, "two": {"c": b"1", "d": b"2"}}.items():
        made(tmp_path / name, files).send(store.missing, receive)
    assert len(received) == len(set(received)) == 2


def test_a_file_that_changed_on_the_way_is_not_taken(tmp_path: Path) -> None:
    folder, store = made(tmp_path / "folder", {"a": b"before"}), Store(tmp_path / "store")
    (tmp_path / "folder/a").write_bytes(b"after!")
    with pytest.raises(ValueError, match="it was changed meanwhile"):
        folder.send(store.missing, store.receive)
    assert store.missing(list(folder.files.values()))


def test_a_file_that_two_drivers_send_at_once_arrives_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 8)
    content, stores = bytes(range(20)), [Store(tmp_path / "store") for _ in range(2)]
    (digest,) = made(tmp_path / "folder", {"a": content}).files.values()
    for offset in (0, 8, 16):
        for store in stores:
            store.receive(digest, offset, Sealed(content[offset : offset + 8]))
    assert [store.file(digest).read_bytes() for store in stores] == [content, content]


def test_a_file_that_a_driver_sent_a_part_of_goes_with_its_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 8)
    ended, other = Store(tmp_path / "store"), Store(tmp_path / "store")
    for store in (ended, other):
        store.receive("0" * 64, 0, Sealed(bytes(8)))
    before = list((tmp_path / "store/files").iterdir())
    del store, ended
    assert (len(before), len(list((tmp_path / "store/files").iterdir()))) == (2, 1)
    del other
    assert list((tmp_path / "store/files").iterdir()) == []


def test_folders_are_named_by_content_alone(tmp_path: Path) -> None:
    one, same = (made(tmp_path / name, {"a": b"1"}) for name in ("one", "same"))
    others = [made(tmp_path / "name", {"b": b"1"}), made(tmp_path / "content", {"a": b"2"})]
    assert one.digest == same.digest
    assert one.digest not in {other.digest for other in others}


def test_only_its_user_reads_a_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "store", store.folders)} == {0o700}


def test_paths_of_folders_that_travel_are_found_anew(tmp_path: Path) -> None:
    here, out, other = Path("data/splits/train"), Path("models/x"), Path("data/splits/trains")
    sent = dumped([here, out, other], {here: (FOLDERS, "hash"), out: (OUTPUT, "0")})
    locate({FOLDERS: tmp_path / "folders", OUTPUT: tmp_path / "output"})
    assert loaded(sent) == [tmp_path / "folders/hash", tmp_path / "output/0", other]
    assert (tmp_path / "output/0").is_dir()


def test_sealed_bytes_are_not_printed() -> None:
    assert "secret" not in repr(dumped("secret")) + str(dumped(["secret"]))
