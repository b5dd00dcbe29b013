"""Dry run as a wrapper: a file ledger that is read and not changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mochok.model import LedgerEntry
from mochok.similar import Kind
from mochok.state.contract import RunLedger


class DryRunLedger:
    """See ``state.contract.RunLedger``. What would be recorded is ignored."""

    def __init__(self, ledger: RunLedger) -> None:
        self._ledger = ledger

    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        return self._ledger.lookup(destination, keys)

    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        """Ignored."""

    def forget(self, destination: str, keys: Iterable[str]) -> None:
        """Ignored."""

    def listed(self, destination: str) -> datetime | None:
        return self._ledger.listed(destination)

    def set_listed(self, destination: str, when: datetime | None) -> None:
        """Ignored."""

    def flush(self) -> None:
        """Nothing was recorded."""

    def kept_apart(self, server: str) -> frozenset[Kind] | None:
        return self._ledger.kept_apart(server)

    def set_kept_apart(self, server: str, kinds: frozenset[Kind]) -> None:
        """Ignored."""
