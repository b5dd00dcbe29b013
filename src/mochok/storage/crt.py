"""The object store on the awscrt engine: lists, uploads and deletes below a prefix of a known bucket."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mochok.errors import StorageError
from mochok.model import BucketId, Delete, KeyOrder, KeyRange, SourceFile, Upload
from mochok.similar import KINDS, Kind, Memory
from mochok.storage.contract import Deleted, Listing, ListingCursor, Notify, OnTheWay, Sent, Unsent, ignore
from mochok.storage.crt_call import Call
from mochok.storage.crt_checksum import ChecksumChoice
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_compare import same_content
from mochok.storage.crt_connections import Connections
from mochok.storage.crt_delete import delete_objects
from mochok.storage.crt_listing import CrtListing, Pages
from mochok.storage.crt_probe import find_kept_apart
from mochok.storage.crt_upload import HEAD_START_SECONDS, Uploader
from mochok.storage.endpoint import Endpoint
from mochok.storage.rate_limiter import RateLimiter
from mochok.storage.settings import Checksum, OpenSettings


@dataclass(frozen=True, slots=True)
class FoundBucket:
    """A bucket as all its stores know it. ``head_refused``: it was found by listing, so other prefixes may be
    forbidden; ``refused_checksums`` are not supported; the run's first upload sets ``used``;
    ``probing`` is held while a few objects are sent as a test.
    """

    id: BucketId
    connections: Connections
    endpoint: Endpoint
    order: KeyOrder
    head_refused: bool
    refused_checksums: set[Checksum] = field(default_factory=set)
    used: threading.Event = field(default_factory=threading.Event)
    probing: threading.Lock = field(default_factory=threading.Lock)


class CrtStore:
    """See ``storage.contract.ObjectStore``. ``first_page`` is a request for the first page, in flight."""

    def __init__(
        self,
        client: CrtClient,
        bucket: FoundBucket,
        opening: OpenSettings,
        notice: Notify,
        rate_limiter: RateLimiter | None = None,
        first_page: Call | None = None,
    ) -> None:
        self.order = bucket.order
        self.bucket = bucket.id
        self._client = client
        self._opening = opening
        self._prefix = opening.location.key_prefix
        self._pages = Pages(client, opening, head_refused=bucket.head_refused)
        self._checksum = ChecksumChoice(opening.objects.checksum, notice, bucket.refused_checksums)
        self._rate_limiter = rate_limiter
        self._bucket = bucket
        self._notice = notice
        self._first_page = first_page

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        first_page, self._first_page = self._first_page, None
        if first_page is not None and keys.after:  # it is another range's
            first_page.release()
            first_page = None
        return CrtListing(self._pages, keys, self.order, cursor, first_page)

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        head_start_seconds = 0.0 if self._bucket.used.is_set() else HEAD_START_SECONDS
        self._bucket.used.set()
        return Uploader(
            self._client,
            self._opening,
            self._checksum,
            on_the_way=on_the_way,
            rate_limiter=self._rate_limiter,
            head_start_seconds=head_start_seconds,
        ).run(uploads)

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        return same_content(self._client, self._opening, files)

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        return delete_objects(self._client, self._prefix, deletes, self._opening.bucket_headers)

    def kept_apart(self, memory: Memory, *, asks: bool = True) -> frozenset[Kind]:
        bucket = self._bucket
        if bucket.endpoint.is_aws:
            return KINDS
        server = f"{bucket.endpoint.authority}{bucket.endpoint.base_path}"
        with bucket.probing:
            known = memory.kept_apart(server)
            if known is None and asks:
                known = self._find_kept_apart()
                if known is None:
                    return frozenset()
                memory.set_kept_apart(server, known)
        return KINDS if known is None else known

    def _find_kept_apart(self) -> frozenset[Kind] | None:
        try:
            known = find_kept_apart(self._client, self._opening, self._notice)
        except StorageError as error:
            if error.scope == "configuration":
                raise
            text = "it could not be tested whether the server keeps similar names apart"
            self._notice("WARNING", f"{text}: {error.message}")
            return None
        mixed = ", ".join(sorted(KINDS - known))
        found = f"the server mixes up names that are similar ({mixed})" if mixed else "it does"
        self._notice("INFO", f"tested whether the server keeps similar names apart: {found}")
        return known

    def close(self) -> None:
        if self._first_page is not None:
            self._first_page.release()
        self._client.close()
