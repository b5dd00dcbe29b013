"""A store that is opened when the first file is to be sent: a run with nothing to do makes no request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from mochok.errors import FileLeftOutError
from mochok.model import BACKSLASH_PROBLEM, Delete, KeyOrder, KeyRange, SourceFile, Upload
from mochok.storage.contract import Deleted, Listing, ListingCursor, ObjectStore, Sent, Unsent


class LazyStore:
    """See ``storage.contract.ObjectStore``. ``order`` is a guess, because the store is opened during the
    walk: no listing is joined by it, and names that the server could not keep apart are skipped here.
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
                store = self._opened()
                send = partial(_keeping_names_apart, store) if store.order is KeyOrder.PATH else store.upload
                yield from send(chain([upload], waiting))

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        return self._opened().same_content(files)

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        return self._opened().delete(deletes)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _opened(self) -> ObjectStore:
        if self._store is None:
            self._store = self._open_store()
        return self._store


def _keeping_names_apart(store: ObjectStore, uploads: Iterable[Upload | None]) -> Iterator[Sent | Unsent]:
    """Send what the server can store under its own name, and refuse the rest (see ``scan.py``)."""
    refused: list[Unsent] = []

    def possible() -> Iterator[Upload | None]:
        for upload in uploads:
            if upload is not None and "\\" in upload.file.key:
                refused.append(Unsent(upload, FileLeftOutError(BACKSLASH_PROBLEM)))
                yield None
            else:
                yield upload

    for outcome in store.upload(possible()):
        yield outcome
        while refused:
            yield refused.pop()
    yield from refused
