"""A store that is opened when the first file is to be sent: a run with nothing to do makes no request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from mochok.model import Delete, KeyOrder, KeyRange, SourceFile, Upload
from mochok.similar import Kind, Memory
from mochok.storage.contract import Deleted, Listing, ListingCursor, ObjectStore, Sent, Unsent


class LazyStore:
    """See ``storage.contract.ObjectStore``. ``order`` is a guess, because the store is opened during the
    walk: no listing is joined by it.
    """

    def __init__(self, open_store: Callable[[], ObjectStore]) -> None:
        self.order = KeyOrder.BYTES
        self._open_store = open_store
        self._store: ObjectStore | None = None

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        return self._opened().list(keys, cursor)

    def upload(self, uploads: Iterable[Upload | None]) -> Iterator[Sent | Unsent]:
        waiting = iter(uploads)
        for upload in waiting:
            if upload is not None:
                yield from self._opened().upload(chain([upload], waiting))

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        return self._opened().same_content(files)

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        return self._opened().delete(deletes)

    def kept_apart(self, memory: Memory, *, asks: bool = True) -> frozenset[Kind]:
        return self._opened().kept_apart(memory, asks=asks)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _opened(self) -> ObjectStore:
        if self._store is None:
            self._store = self._open_store()
        return self._store
