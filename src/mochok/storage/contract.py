"""The seam between deciding and moving.

An :class:`ObjectStore` is one bucket below one prefix; all keys are relative to that prefix. It is used
from one thread. Every error it raises or returns is a ``StorageError`` or a ``FileError``. Retries of
transient faults happen inside; what comes out is final.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from mochok.errors import MochokError
from mochok.model import Delete, LedgerEntry, RemoteObject, Upload


class KeyOrder(enum.Enum):
    """In which order a server lists keys.

    BYTES: by UTF-8 bytes of the whole key, as S3 documents. PATH: folder by folder, each name by its
    bytes, so that everything below ``a/`` comes before ``a-b`` (SeaweedFS).
    """

    BYTES = "bytes"
    PATH = "path"

    def sort_key(self, key: str) -> str:
        """A string whose code-point order is this order.

        Code points of valid Unicode order as their UTF-8 bytes do; NUL cannot occur in a file name.
        """
        return key if self is KeyOrder.BYTES else key.replace("/", "\0")


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The half-open range of keys ``(after, end)`` in listing order.

    ``after`` "" starts at the first key; ``end`` None goes to the last. Both bounds are keys that need
    not exist; ``after`` itself is not in the range, and neither is ``end``... see :meth:`ObjectStore.list`.
    """

    after: str = ""
    end: str | None = None


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
    """An object that is gone, or the error that kept it."""

    delete: Delete
    error: MochokError | None


class ObjectStore(Protocol):
    """One prefix of one bucket."""

    def list(self, keys: KeyRange) -> Iterator[RemoteObject]:
        """Every object with ``keys.after < key < keys.end``, in the server's order.

        The first page is requested when this is called, further ones while earlier ones are read, so
        several ranges can be under way at once. Zero-byte ``dir/`` markers are left out. Raises
        StorageError while iterating; a listing that ends without an error is complete.
        """

    def upload(self, uploads: Iterable[Upload | None]) -> Iterator[Sent | Unsent]:
        """Send every file, many at a time, and yield each outcome as it is known, in any order.

        Pulls from ``uploads`` only when a transfer may start, so memory stays bounded; a None means "no
        upload is known yet, ask again" and lets finished ones be handed over. A file that changed while it
        was read is sent again once. Raises StorageError only for faults that end the whole
        configuration; running transfers are then cancelled. Closing the iterator cancels them too.
        """

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        """Delete the objects in batches; one answer for each."""

    def close(self) -> None:
        """Cancel what runs, wait for it, free the connections. Idempotent."""
