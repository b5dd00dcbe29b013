"""A store that is opened when the first file is to be sent."""

from __future__ import annotations

from mochok.model import KeyOrder
from mochok.similar import KINDS
from mochok.state.memory import MemoryLedger
from mochok.storage.lazy import LazyStore
from tests.support.memory_store import MemoryStore


def test_nothing_to_send_opens_nothing() -> None:
    opened: list[MemoryStore] = []

    def open_store() -> MemoryStore:
        opened.append(MemoryStore())
        return opened[-1]

    assert list(LazyStore(open_store).upload([None, None])) == []
    assert opened == []


def test_names_that_are_similar_open_it() -> None:
    lazy = LazyStore(lambda: MemoryStore(KeyOrder.PATH))
    assert lazy.kept_apart(MemoryLedger()) == KINDS - {"backslash"}
