"""A bucket that several configurations and other programs write to, in memory; runs see a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mochok.errors import AccessDeniedError, ClockSkewError, FileLeftOutError, MochokError
from mochok.model import Delete, KeyRange, LedgerEntry, RemoteObject, SourceFile, Upload
from mochok.similar import Kind, Memory
from mochok.storage.contract import Deleted, Listing, ListingCursor, OnTheWay, Sent, Unsent, ignore
from mochok.storage.settings import OpenSettings
from tests.soak.killing import Fuse, Kill
from tests.support.memory_store import MemoryStore

OUTSIDE = b"from outside the source"


@dataclass
class Bucket:
    """``whole`` has all objects. ``late``: uploads of killed runs that the server has not carried out yet.

    ``faults``: keys whose upload fails. ``skewed``: the clocks differ so much that requests are refused.
    ``escaped``: keys that got bytes from outside; ``deleted``: those that runs deleted, all since cleared.
    """

    fuse: Fuse
    whole: MemoryStore = field(default_factory=MemoryStore)
    late: dict[str, bytes] = field(default_factory=dict)
    now_ns: int = 0
    skewed: bool = False
    faults: set[str] = field(default_factory=set)
    before_upload: Callable[[SourceFile], None] = lambda _file: None
    before_listing: Callable[[], None] = lambda: None
    escaped: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def put(self, key: str, content: bytes) -> RemoteObject:
        return self.whole.put(key, content, self.now_ns // 1_000_000_000 * 1_000_000_000)

    def remove(self, key: str) -> None:
        self.whole.objects.pop(key, None)
        self.whole.contents.pop(key, None)


class BucketPart:
    """What a run sees of the bucket: see ``storage.contract.ObjectStore``."""

    def __init__(self, bucket: Bucket, opening: OpenSettings) -> None:
        self.order = bucket.whole.order
        self.bucket = bucket.whole.bucket
        self._all = bucket
        self._opening = opening
        self._prefix = opening.location.key_prefix

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        self._all.fuse.burn()
        self._all.before_listing()
        if self._all.skewed:
            raise ClockSkewError("RequestTimeTooSkewed")
        part = MemoryStore(self.order)
        for key, remote in self._all.whole.objects.items():
            if key.startswith(self._prefix):
                part.objects[key[len(self._prefix) :]] = remote._replace(key=key[len(self._prefix) :])
        for key in [key for key in self._all.late if key.startswith(self._prefix)]:
            self._all.put(key, self._all.late.pop(key))  # too late for this listing
        return part.list(keys, cursor)

    def kept_apart(self, memory: Memory, *, asks: bool = True) -> frozenset[Kind]:
        return self._all.whole.kept_apart(memory, asks=asks)

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for upload in uploads:
            if upload is not None:
                yield self._upload(upload)

    def _upload(self, upload: Upload) -> Sent | Unsent:
        file = upload.file
        self._all.fuse.burn()
        self._all.before_upload(file)
        if self._all.skewed or file.key in self._all.faults:
            return Unsent(upload, AccessDeniedError("PutObject: 403"))
        try:
            with self._opening.source.open(file.path) as opened:
                content, status = opened.read(), opened.status
        except MochokError as error:
            return Unsent(upload, error)
        if OUTSIDE in content and self._opening.source.symlinks != "follow":
            self._all.escaped.append(self._prefix + file.key)
        etag = self._send(self._prefix + file.key, content)
        times = status.st_mtime_ns, etag, status.st_ctime_ns
        return Sent(upload, LedgerEntry(file.key, len(content), *times), 1)

    def _send(self, key: str, content: bytes) -> str:
        try:
            self._all.fuse.burn()
        except Kill:
            self._all.late[key] = content
            raise
        remote = self._all.put(key, content)
        self._all.fuse.burn()
        return remote.etag

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        self._all.fuse.burn()
        return {file.key for file in files if self._holds(file)}

    def _holds(self, file: SourceFile) -> bool:
        try:
            with self._opening.source.open(file.path) as opened:
                return self._all.whole.contents.get(self._prefix + file.key) == opened.read()
        except FileLeftOutError:
            return False

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        for item in deletes:
            self._all.fuse.burn()
            self._all.remove(self._prefix + item.key)
            self._all.deleted.append(self._prefix + item.key)
            self._all.fuse.burn()
            yield Deleted(item, None)

    def close(self) -> None:
        """Nothing to free."""
