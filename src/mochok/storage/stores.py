"""The object stores of one run, opened from data: what they can share is made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mochok.clock import Stop
from mochok.errors import BucketMissingError
from mochok.open_files import Shares, raise_limit
from mochok.storage.contract import Notify, ObjectStore
from mochok.storage.crt_engine import check_engine
from mochok.storage.endpoint import Endpoint, endpoint
from mochok.storage.rate_limiter import RateLimiter
from mochok.storage.retries import Retries, Server
from mochok.storage.session import Session
from mochok.storage.settings import Access, Location, OpenSettings
from mochok.storage.sharing import Outages, Shared

if TYPE_CHECKING:
    from mochok.storage.crt import CrtStore, FoundBucket
    from mochok.storage.crt_connections import Connections

_BucketKey = tuple[Access, Endpoint, str | None]


class Stores:
    """Opens stores, which share credentials, connections and what is known of buckets. Thread-safe.

    ``bandwidth_limit_bytes_per_second`` holds for all stores together that have no limit of their own.
    ``bucket_missing`` is called with the ``BucketId.place`` of each bucket that does not exist, before it is
    created.
    """

    def __init__(
        self,
        stop: Stop,
        bandwidth_limit_bytes_per_second: float | None = None,
        bucket_missing: Callable[[str], None] = lambda _place: None,
    ) -> None:
        self._stop = stop
        self._bucket_missing = bucket_missing
        self._rate_limiter = _rate_limiter(bandwidth_limit_bytes_per_second)
        self._sessions: Shared[Access, Session] = Shared()
        self._connections: Shared[tuple[Access, tuple[bool, str, int], str], Connections] = Shared()
        self._buckets: Shared[_BucketKey, FoundBucket] = Shared()
        self._servers: Shared[tuple[bool, str, int], Server] = Shared()
        self._outages = Outages()
        self._files = Shares()

    def open(self, opening: OpenSettings, notice: Notify) -> ObjectStore:
        """The store of ``opening``; finding its bucket may take seconds, a known bucket takes no request.

        Raises PrerequisiteError without the engine, StorageError when nothing can be done there.
        """
        check_engine()
        from mochok.storage.dryrun import DryRunStore

        if not opening.read_only:
            return self._open(opening, notice)
        try:
            return DryRunStore(self._open(opening, notice))
        except BucketMissingError:
            if not opening.create_bucket:
                raise
            notice("INFO", f"the bucket {opening.location.bucket} does not exist; it would be created")
            return DryRunStore(None)

    def region(self, opening: OpenSettings) -> str:
        """Where the bucket of a store that was opened is; "" if it does not exist."""
        found = self._buckets.peek(self._located(opening)[2])
        return found.connections.region if found is not None else ""

    def session(self, access: Access) -> Session:
        """The session of ``access``, with current credentials. Raises CredentialsError."""
        session = self._sessions.get(access, partial(self._outages.call, access, partial(Session, access)))
        self._outages.call(access, session.refresh)
        return session

    def close(self) -> None:
        """Close all connections. Idempotent."""
        for connections in self._connections.drain():
            connections.close()

    def _open(self, opening: OpenSettings, notice: Notify) -> CrtStore:
        raise_limit()  # the engine ends the process if it cannot start
        from mochok.storage.crt import CrtStore  # loads the engine
        from mochok.storage.crt_client import CrtClient
        from mochok.storage.crt_search import Search

        session, location, key = self._located(opening)
        connect, server = partial(self._connect, session), key[1].server
        retries = Retries(notice, opening.retry_seconds, server=self._servers.get(server, Server))
        search = Search(
            opening, location, session, connect, self._stop, notice, retries, self._bucket_missing
        )
        find = partial(self._outages.call, (opening.access, server), search.find)
        bucket = self._buckets.get(key, find)
        forget = partial(self._buckets.forget, key)  # after a fault the next store searches the bucket again
        client = CrtClient(bucket.connections, bucket.endpoint, self._stop, retries, forget)
        rate_limiter = _rate_limiter(opening.bandwidth_limit_bytes_per_second) or self._rate_limiter
        return CrtStore(client, bucket, opening, notice, rate_limiter, search.first_page)

    def _located(self, opening: OpenSettings) -> tuple[Session, Location, _BucketKey]:
        session = self.session(opening.access)
        location = session.located(opening.location)
        server = endpoint(location, session.region)
        return session, location, (opening.access, server, location.expected_bucket_owner)

    def _connect(self, session: Session, server: Endpoint, region: str) -> Connections:
        from mochok.storage.crt_connections import Connections

        key = (session.access, server.server, region)
        return self._connections.get(
            key, lambda: Connections(session, region, server.server, self._files.share())
        )


def _rate_limiter(bytes_per_second: float | None) -> RateLimiter | None:
    return RateLimiter(bytes_per_second) if bytes_per_second else None
