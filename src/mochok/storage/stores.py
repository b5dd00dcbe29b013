"""The object stores of one run, opened from data."""

from __future__ import annotations

from mochok.clock import Stop
from mochok.storage.contract import Notify, ObjectStore
from mochok.storage.crt_engine import check_engine
from mochok.storage.rate_limiter import RateLimiter
from mochok.storage.settings import OpenSettings


class Stores:
    """Opens stores; what they can share, they share. Safe in several threads.

    ``bandwidth_limit_bytes_per_second`` holds for all stores together that have no limit of their own.
    """

    def __init__(self, stop: Stop, bandwidth_limit_bytes_per_second: float | None = None) -> None:
        self._stop = stop
        self._rate_limiter = _rate_limiter(bandwidth_limit_bytes_per_second)

    def open(self, opening: OpenSettings, notice: Notify) -> ObjectStore:
        """The store of ``opening``; finding its bucket may take seconds. ``notice`` gets (level, message).

        Raises PrerequisiteError without the engine, StorageError when nothing can be done there.
        """
        check_engine()
        from mochok.storage.crt import open_store  # loads the engine
        from mochok.storage.dryrun import DryRunStore

        rate_limiter = _rate_limiter(opening.bandwidth_limit_bytes_per_second) or self._rate_limiter
        store = open_store(opening, self._stop, notice, rate_limiter)
        return DryRunStore(store) if opening.read_only else store

    def close(self) -> None:
        """Free what the stores shared. Idempotent."""


def _rate_limiter(bytes_per_second: float | None) -> RateLimiter | None:
    return RateLimiter(bytes_per_second) if bytes_per_second else None
