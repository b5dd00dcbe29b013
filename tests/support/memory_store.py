"""An object store in memory: the contract's second implementation, for tests of everything above storage."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence

from mochok.errors import FileLeftOutError
from mochok.model import BucketId, Delete, KeyOrder, KeyRange, LedgerEntry, RemoteObject, SourceFile, Upload
from mochok.similar import KINDS, Kind, Memory
from mochok.source_files import ANYWHERE, SourceFolder, change_time_ns
from mochok.storage.contract import Deleted, Listing, ListingCursor, OnTheWay, Sent, Unsent, ignore


class MemoryStore:
    """See ``storage.contract.ObjectStore``. ``contents`` maps keys to what was uploaded."""

    def __init__(self, order: KeyOrder = KeyOrder.BYTES, source: SourceFolder = ANYWHERE) -> None:
        self.order = order
        self.bucket = BucketId("memory b", "an account")
        self.source = source
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

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for upload in uploads:
            if upload is not None:
                yield self._upload(upload)

    def _upload(self, upload: Upload) -> Sent | Unsent:
        file = upload.file
        try:
            with self.source.open(file.path) as opened:
                content, status = opened.read(), opened.status
        except FileLeftOutError as error:
            return Unsent(upload, error)
        remote = self.put(file.key, content)
        times = status.st_mtime_ns, remote.etag, change_time_ns(status)
        return Sent(upload, LedgerEntry(file.key, len(content), *times), 1)

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        return {file.key for file in files if self._holds(file)}

    def _holds(self, file: SourceFile) -> bool:
        try:
            with self.source.open(file.path) as opened:
                return self.contents.get(file.key) == opened.read()
        except FileLeftOutError:
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
