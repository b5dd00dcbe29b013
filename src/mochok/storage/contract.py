"""The seam between planning and transferring.

An :class:`ObjectStore` is one bucket below one prefix; all keys are relative to that prefix. It is used
from one thread. Every error it raises or returns is a ``StorageError`` or a ``FileError``. Transient faults
are retried inside; what comes out is final.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from mochok.errors import MochokError
from mochok.model import BucketId, Delete, KeyOrder, KeyRange, LedgerEntry, RemoteObject, SourceFile, Upload
from mochok.similar import Kind, Memory

Notify = Callable[[str, str], None]
"""Receives (level, message)."""
OnTheWay = Callable[[Mapping[str, int]], None]
"""Receives how many bytes have arrived of each file that is sent in parts now, by key, the oldest first."""
SINGLE_PART_BYTES = 8 * 1024 * 1024
"""A larger file goes up in parts, read one by one: whether they fit together is known only afterwards."""


def ignore(_arrived_bytes: Mapping[str, int]) -> None:
    """For callers that do not show what is on its way."""


class Sent(NamedTuple):
    """A finished upload: what the ledger may record. ``attempts`` counts from 1."""

    upload: Upload
    entry: LedgerEntry
    attempts: int


class Unsent(NamedTuple):
    """An upload that failed for good."""

    upload: Upload
    error: MochokError


class Deleted(NamedTuple):
    """An object that was deleted, or the error that prevented it."""

    delete: Delete
    error: MochokError | None


@dataclass(slots=True)
class ListingCursor:
    """What one pass over a prefix has learned from its ranges so far; each pass needs a new one.

    ``end``: no object follows this key. ``next_key``: the first object behind the last range, with which the
    next range must continue.
    """

    end: str | None = None
    next_key: str | None = None


class Listing(Protocol):
    """The objects of one key range, in the server's order; iterate it once.

    Iterating raises StorageError; a listing that ends without an error is complete.
    """

    def ready(self) -> bool:
        """True if the next object can be read without waiting."""

    def __iter__(self) -> Iterator[RemoteObject]: ...


class ObjectStore(Protocol):
    """One prefix of one bucket. ``order`` is how its server lists; ``bucket`` is empty if there is none."""

    order: KeyOrder
    bucket: BucketId

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        """Every object in ``keys``. Zero-byte ``dir/`` markers are ignored.

        The first page is requested when this is called, further ones while earlier ones are read, so
        several ranges can be in progress at once. With a ``cursor``, ranges that follow one another are read
        in that order: none is requested behind the end of the prefix, and ListingOrderError is raised if the
        server skips what it listed before.
        """

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        """Send every file, many at a time, and yield each outcome as it is known, in any order.

        ``on_the_way`` is called in the caller's thread, a few times a second while files are sent and none
        ends.

        Pulls from ``uploads`` only when a transfer may start, so memory stays bounded; None means "no upload
        is known yet" and lets finished ones be yielded. A file that changed while it was read is sent again
        once. Raises StorageError only for faults that end the whole configuration. Closing the iterator, or
        an error, cancels the transfers in flight.
        """

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        """The keys of those of ``files`` (a thousand at most) whose objects provably hold the same bytes.

        What cannot be proven is not among them. Raises StorageError.
        """

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        """Delete the objects in batches; one answer for each."""

    def kept_apart(self, memory: Memory, *, asks: bool = True) -> frozenset[Kind]:
        """Which kinds of similar names the server keeps apart, as ``memory`` knows, or as a few objects show
        that are sent and deleted again. Without ``asks`` nothing is sent, and what is unknown counts as kept
        apart. Raises StorageError.
        """

    def close(self) -> None:
        """Cancel the requests in flight; connections that other stores use stay open. Idempotent."""
