"""The seams for memory.

The *file ledger* is a cache of what is in the buckets; losing it costs nothing but a fresh comparison.
The *history* holds every run, every result and every data day; it is never rewritten. One SQLite file
implements both (``ledger.py``), and ``memory.py`` implements them for tests and for when that file cannot
be used. Both may be used from several threads. They never raise: a fault makes the file ledger know nothing
from then on, is told once through the ``warn`` that :func:`mochok.state.ledger.open_ledger` was given, and
the upload goes on, because a broken memory must never stop one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from mochok.model import LedgerEntry, SyncResult
from mochok.records.history import DayRecord, Remembered, ResultRecord, RunRecord


class FileLedger(Protocol):
    """What was sent where. ``destination`` identifies endpoint, bucket and prefix; keys are below it."""

    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """The entries of those of ``keys`` that are known (at most a few thousand keys a call)."""

    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        """Insert or replace; durable after :meth:`flush`."""

    def forget(self, destination: str, keys: Iterable[str]) -> None:
        """Drop entries of objects that are gone or no longer as recorded."""

    def listed(self, destination: str) -> datetime | None:
        """When the last complete listing of ``destination`` was taken, None if never."""

    def set_listed(self, destination: str, when: datetime | None) -> None:
        """A complete listing was taken (None: forget that; the next run must list)."""

    def flush(self) -> None:
        """Commit what was recorded."""


class History(Protocol):
    """Every run, every result, every day."""

    def start_run(self, run_id: str, started: datetime) -> None:
        """A run begins (dry runs are not recorded)."""

    def record_result(self, run_id: str, started: datetime, result: SyncResult) -> None:
        """One configuration ended: insert the result, bring its days up to date, in one transaction."""

    def finish_run(self, run_id: str, finished: datetime, exit_code: int) -> None:
        """The run ended."""

    def days(self, name: str, first: date, last: date) -> Mapping[date, DayRecord]:
        """The known days of one configuration between two dates, both included."""

    def runs(self, *, name: str | None = None, limit: int = 20) -> Sequence[RunRecord]:
        """The latest runs, newest first; with ``name`` only those that have results of it.

        The counts are then those of ``name`` alone.
        """

    def results(self, run_id: str) -> Sequence[ResultRecord]:
        """All results of one run, in the order in which they ended."""

    def latest_result(self, name: str, *, successful: bool = False) -> ResultRecord | None:
        """The last result of one configuration, or the last that is a Success."""

    def remembered(self) -> Remembered:
        """How far this history goes back."""


class OpenLedger(FileLedger, History, Protocol):
    """Both together, as ``open_ledger`` hands them out."""

    def prune(self, before: datetime) -> int:
        """Drop runs that started before ``before`` with their results, never days; how many went."""

    def close(self) -> None:
        """Commit and close. Idempotent; nothing may be called afterwards."""
