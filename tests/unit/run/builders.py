"""A source folder, a store in memory and a job between them, and stores that misbehave on purpose."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from mochok.clock import Stop
from mochok.errors import AccessDeniedError, MochokError
from mochok.events import Event, Notice
from mochok.model import Delete, Identity, KeyRange, RemoteObject, SyncPaths, SyncResult, Upload
from mochok.run.context import JobContext, OpenStore
from mochok.run.disks import Disks
from mochok.run.job import Job
from mochok.run.synchronize import Synchronization
from mochok.state.memory import MemoryLedger
from mochok.storage.contract import (
    Deleted,
    Listing,
    ListingCursor,
    Notify,
    ObjectStore,
    OnTheWay,
    Sent,
    Unsent,
    ignore,
)
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings
from tests.support.memory_store import MemoryStore
from tests.unit.state.builders import FakeClock

DAY = date(2025, 1, 14)
LONG_AGO_NS = 1_500_000_000 * 1_000_000_000
"""Older than any object of these tests, so that size-and-time finds nothing newer."""


@dataclass
class JobScene:
    """One configuration and everything around it. ``store`` stays what it is from run to run."""

    root: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    events: list[Event] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    stop: Stop = field(default_factory=Stop)
    opened: int = 0
    recheck_seconds: float = 0.0
    disks: Disks = field(default_factory=Disks)

    def write(self, *keys: str, content: str | None = None, mtime_ns: int = LONG_AGO_NS) -> None:
        """Files with their own key as content, last modified long ago."""
        for key in keys:
            path = self.root / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(key if content is None else content, "utf-8")
            os.utime(path, ns=(mtime_ns, mtime_ns))

    def put(self, *keys: str) -> None:
        """Objects as an earlier run or another client left them."""
        for key in keys:
            self.store.put(key, key.encode())

    def job(self, **changes: Any) -> Job:
        """``changes`` replace fields; those that SyncPaths knows go there."""
        of_paths = {
            name: changes.pop(name) for name in list(changes) if name in SyncPaths.__dataclass_fields__
        }
        paths = replace(SyncPaths(str(self.root), "p", (DAY,)), **of_paths)
        fields: dict[str, Any] = {
            "name": "Daily",
            "target_date": DAY,
            "base_path": str(self.root.parent),
            "paths": paths,
            "s3_path": "s3://b/p",
            "identity": Identity(changes.get("name", "Daily")),
            "destination": "memory b p",
            "opening": OpenSettings(Access(), Location("b", "p"), ObjectSettings()),
        }
        return Job(**(fields | changes))

    def open(self, _opening: OpenSettings, _notify: Notify) -> ObjectStore:
        self.opened += 1
        return self.store

    def context(self, open_store: OpenStore | None = None, *, details: bool = False) -> JobContext:
        """What the job shares with others; its events are kept in ``events``."""
        opener = open_store or self.open
        return JobContext(
            self.ledger,
            self.events.append,
            self.clock,
            self.stop,
            opener,
            details,
            self.recheck_seconds,
            run_id="run",
            disks=self.disks,
        )

    def run(
        self, *, details: bool = False, open_store: OpenStore | None = None, **changes: Any
    ) -> SyncResult:
        """Synchronize; ``events`` then holds what was emitted in this run."""
        self.events = []
        return Synchronization(self.job(**changes), self.context(open_store, details=details)).run()

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def notices(self, level: str) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Notice) and event.level == level]

    def known(self, *keys: str) -> Mapping[str, object]:
        """What the file ledger remembers."""
        return self.ledger.lookup("memory b p", keys)


class RefusingStore(MemoryStore):
    """Refuses uploads and deletes of single keys; ``final`` ends the whole upload at its key."""

    def __init__(self) -> None:
        super().__init__()
        self.refuse_upload: dict[str, MochokError] = {}
        self.refuse_delete: set[str] = set()
        self.final: dict[str, MochokError] = {}
        self.calls: list[str] = []
        self.closed = 0

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for upload in uploads:
            if upload is None:
                continue
            key = upload.file.key
            self.calls.append(f"upload {key}")
            if key in self.final:
                raise self.final[key]
            if key in self.refuse_upload:
                yield Unsent(upload, self.refuse_upload[key])
            else:
                yield from super().upload([upload])

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        for item in deletes:
            self.calls.append(f"delete {item.key}")
            if item.key in self.refuse_delete:
                yield Deleted(item, AccessDeniedError("DeleteObject: 403"))
            else:
                yield from super().delete([item])

    def close(self) -> None:
        self.closed += 1


class RecordedListing:
    """Objects in the order given, whatever that is; ``fault`` is raised behind them."""

    def __init__(self, objects: Sequence[RemoteObject], fault: MochokError | None = None) -> None:
        self.objects = objects
        self.fault = fault

    def ready(self) -> bool:
        return True

    def __iter__(self) -> Iterator[RemoteObject]:
        yield from self.objects
        if self.fault is not None:
            raise self.fault


class OddlyListingStore(MemoryStore):
    """Answers each listing with what ``arrange`` makes of all its objects and the range asked for."""

    def __init__(self, arrange: Callable[[list[RemoteObject], KeyRange], list[RemoteObject]]) -> None:
        super().__init__()
        self.arrange = arrange
        self.uploaded: list[str] = []
        self.deleted: list[str] = []

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        return RecordedListing(self.arrange(sorted(self.objects.values()), keys))

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for outcome in super().upload(uploads):
            self.uploaded.append(outcome.upload.file.key)
            yield outcome

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        for answer in super().delete(deletes):
            self.deleted.append(answer.delete.key)
            yield answer
