"""A store that is opened when the first file is to be sent."""

from __future__ import annotations

from pathlib import Path

from mochok.errors import FileLeftOutError
from mochok.model import KeyOrder, Reason, SourceFile, Upload
from mochok.storage.contract import Sent, Unsent
from mochok.storage.lazy import LazyStore
from tests.support.memory_store import MemoryStore


def uploads(folder: Path, *keys: str) -> list[Upload | None]:
    path = folder / "file"
    path.write_text("x")
    return [Upload(SourceFile(key, str(path), 1, 0), Reason.NEW) for key in keys]


def send(inner: MemoryStore, *wanted: Upload | None) -> dict[str, type[Sent | Unsent]]:
    return {outcome.upload.file.key: type(outcome) for outcome in LazyStore(lambda: inner).upload(wanted)}


def test_nothing_to_send_opens_nothing() -> None:
    opened: list[MemoryStore] = []

    def open_store() -> MemoryStore:
        opened.append(MemoryStore())
        return opened[-1]

    assert list(LazyStore(open_store).upload([None, None])) == []
    assert opened == []


def test_what_the_server_would_store_under_another_name_is_left_out(tmp_path: Path) -> None:
    inner = MemoryStore(KeyOrder.PATH)
    told = send(inner, *uploads(tmp_path, "a\\b", "a/b", "c", "d\\"))
    assert told == {"a\\b": Unsent, "a/b": Sent, "c": Sent, "d\\": Unsent}
    assert set(inner.objects) == {"a/b", "c"}
    (outcome,) = LazyStore(lambda: inner).upload(uploads(tmp_path, "a\\b"))
    assert isinstance(outcome, Unsent)
    assert isinstance(outcome.error, FileLeftOutError)


def test_s3_keeps_every_name_apart(tmp_path: Path) -> None:
    inner = MemoryStore(KeyOrder.BYTES)
    assert send(inner, *uploads(tmp_path, "a\\b", "a/b")) == {"a\\b": Sent, "a/b": Sent}
