"""Dry run as a wrapper: lists for real, only reports what it would send and delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mochok.model import BucketId, Delete, KeyOrder, KeyRange, LedgerEntry, RemoteObject, SourceFile, Upload
from mochok.similar import KINDS, Kind, Memory
from mochok.storage.contract import (
    Deleted,
    Listing,
    ListingCursor,
    ObjectStore,
    OnTheWay,
    Sent,
    Unsent,
    ignore,
)


class DryRunStore:
    """See ``storage.contract.ObjectStore``. Changes nothing. ``store`` None: the bucket does not exist."""

    def __init__(self, store: ObjectStore | None) -> None:
        self._store = store
        self.order: KeyOrder = store.order if store is not None else KeyOrder.BYTES
        self.bucket = store.bucket if store is not None else BucketId()

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        return self._store.list(keys, cursor) if self._store is not None else _EmptyListing()

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for upload in uploads:
            if upload is not None:
                file = upload.file
                yield Sent(upload, LedgerEntry(file.key, file.size_bytes, file.mtime_ns, ""), 0)

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        return self._store.same_content(files) if self._store is not None else set()

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        for item in deletes:
            yield Deleted(item, None)

    def kept_apart(self, memory: Memory, *, asks: bool = True) -> frozenset[Kind]:
        return self._store.kept_apart(memory, asks=False) if self._store is not None else KINDS

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


class _EmptyListing(list[RemoteObject]):
    def ready(self) -> bool:
        return True
