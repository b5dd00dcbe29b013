"""An object store in memory: the contract's second implementation, for tests of everything above storage."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence

from mochok.errors import FileLeftOutError
from mochok.model import Delete, KeyOrder, KeyRange, LedgerEntry, RemoteObject, SourceFile, Upload
from mochok.similar import KINDS, Kind, Memory
from mochok.storage.contract import Deleted, Listing, ListingCursor, Sent, Unsent


class MemoryStore:
    """See ``storage.contract.ObjectStore``. ``contents`` maps keys to what was uploaded."""

    def __init__(self, order: KeyOrder = KeyOrder.BYTES) -> None:
        self.order = order
        self.contents: dict[str, bytes] = {}
        self.objects: dict[str, RemoteObject] = {}

    def put(self, key: str, content: bytes, modified_ns: int | None = None) -> RemoteObject:
        """Store one object, as any other client might."""
        modified = time.time_ns() // 1_000_000_000 * 1_000_000_000 if modified_ns is None else modified_ns
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        self.contents[key] = content
        self.objects[key] = RemoteObject(key, len(content), modified, etag)
        return self.objects[key]

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        sort_key = self.order.sort_key
        inside = [
            remote
            for remote in self.objects.values()
            if (not keys.after or sort_key(remote.key) > sort_key(keys.after))
            and (keys.last is None or sort_key(remote.key) <= sort_key(keys.last))
            and not (remote.size_bytes == 0 and remote.key.endswith("/"))
        ]
        return _MemoryListing(sorted(inside, key=lambda remote: sort_key(remote.key)))

    def upload(self, uploads: Iterable[Upload | None]) -> Iterator[Sent | Unsent]:
        for upload in uploads:
            if upload is not None:
                yield self._upload(upload)

    def _upload(self, upload: Upload) -> Sent | Unsent:
        file = upload.file
        try:
            with open(file.path, "rb") as source:
                content, mtime_ns = source.read(), os.fstat(source.fileno()).st_mtime_ns
        except OSError as error:
            return Unsent(upload, FileLeftOutError(f"it cannot be read: {error.strerror}"))
        remote = self.put(file.key, content)
        return Sent(upload, LedgerEntry(file.key, len(content), mtime_ns, remote.etag), 1)

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        return {file.key for file in files if self._holds(file)}

    def _holds(self, file: SourceFile) -> bool:
        try:
            with open(file.path, "rb") as source:
                return self.contents.get(file.key) == source.read()
        except OSError:
            return False  # sending it will say why it cannot be read

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        for item in deletes:
            self.objects.pop(item.key, None)
            self.contents.pop(item.key, None)
            yield Deleted(item, None)

    def kept_apart(self, memory: Memory, *, asks: bool = True) -> frozenset[Kind]:
        return KINDS if self.order is KeyOrder.BYTES else KINDS - {"backslash"}

    def close(self) -> None:
        """Nothing to free."""


class _MemoryListing(list[RemoteObject]):
    def ready(self) -> bool:
        return True
