"""Dry run as a wrapper: a ledger that is read and not changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mochok.model import BucketId, LedgerEntry
from mochok.similar import Kind
from mochok.state.contract import JobLedger
from mochok.state.safety import DryRunSafety


class DryRunLedger:
    """See ``state.contract.JobLedger``. What would be recorded is ignored."""

    def __init__(self, ledger: JobLedger) -> None:
        self._ledger = ledger
        self.safety = DryRunSafety(ledger.safety)

    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        return self._ledger.lookup(destination, keys)

    def count(self, destination: str) -> int:
        return self._ledger.count(destination)

    def entries(self, destination: str, after: str, most: int) -> Sequence[LedgerEntry]:
        return self._ledger.entries(destination, after, most)

    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        """Ignored."""

    def forget(self, destination: str, keys: Iterable[str]) -> None:
        """Ignored."""

    def forget_deleted(self, destination: str, keys: Sequence[str]) -> None:
        """Ignored."""

    def flush(self) -> None:
        """Nothing was recorded."""

    def listed(self, destination: str, bucket: BucketId) -> datetime | None:
        return self._ledger.listed(destination, bucket)

    def set_listed(self, destination: str, bucket: BucketId, when: datetime) -> None:
        """Ignored."""

    def forget_listings(self, destination: str) -> None:
        """Ignored."""

    def forget_bucket(self, place: str) -> None:
        """Ignored."""

    def kept_apart(self, server: str) -> frozenset[Kind] | None:
        return self._ledger.kept_apart(server)

    def set_kept_apart(self, server: str, kinds: frozenset[Kind]) -> None:
        """Ignored."""
