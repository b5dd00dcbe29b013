"""The seams for what is kept between runs.

The *file ledger* is a cache of what is in the buckets; losing it costs nothing but a fresh comparison.
The *history* holds every run and every result, the *day ledger* what is known of every data day; neither is
rewritten. One SQLite database implements all three (``ledger.py``), in memory when its file cannot be used.
All may be used from several threads. They never raise: after a fault the file ledger knows nothing, the fault
is reported once through the ``warn`` of :func:`mochok.state.ledger.open_ledger`, and uploads continue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from mochok.model import LedgerEntry, SyncResult
from mochok.records.history import DayRecord, HistoryExtent, ResultRecord, RunRecord
from mochok.similar import Memory


class FileLedger(Protocol):
    """What was sent where. ``destination`` identifies endpoint, bucket and prefix; keys are below it."""

    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """The entries of those of ``keys`` that are known (at most a few thousand keys a call)."""

    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        """Insert or replace; durable after :meth:`flush` or the next recorded result."""

    def forget(self, destination: str, keys: Iterable[str]) -> None:
        """Drop entries of objects that are gone or no longer as recorded; durable as :meth:`record` is."""

    def listed(self, destination: str) -> datetime | None:
        """When the last complete listing of ``destination`` was taken, None if never."""

    def set_listed(self, destination: str, when: datetime | None) -> None:
        """A complete listing was taken: durable as :meth:`record` is, and never without what was recorded
        before it. None: the next run must list; durable when this returns.
        """

    def flush(self) -> None:
        """Make everything durable that was recorded; does nothing if it is already."""


class History(Protocol):
    """Every run, every result."""

    def start_run(self, run_id: str, started: datetime) -> None:
        """A run begins (dry runs are not recorded)."""

    def record_result(self, run_id: str, started: datetime, result: SyncResult) -> bool:
        """One configuration ended: insert the result, bring its days up to date, in one transaction, and
        make it durable with everything recorded before it. Whether that succeeded; a dry run is ignored.
        """

    def finish_run(self, run_id: str, finished: datetime, exit_code: int) -> None:
        """The run ended."""

    def runs(
        self, *, name: str | None = None, run_id_prefix: str = "", limit: int | None = 20
    ) -> Sequence[RunRecord]:
        """The latest runs, newest first (``limit`` None: all) whose id begins with ``run_id_prefix``.

        With ``name`` only those that have results of it, and the counts are then those of ``name`` alone.
        """

    def results(self, run_id: str) -> Sequence[ResultRecord]:
        """All results of one run, in the order in which they ended."""

    def latest_results(self, name: str) -> Sequence[ResultRecord]:
        """Its results since the last run whose latest day succeeded, oldest first; all without such a run."""


class DayLedger(Protocol):
    """What is known of each data day."""

    def days(self, name: str, first: date, last: date) -> Mapping[date, DayRecord]:
        """The known days of one configuration between two dates, both included, oldest first."""

    def extent(self) -> HistoryExtent:
        """How far runs and days go back."""


class RunLedger(FileLedger, Memory, Protocol):
    """What the jobs of a run use."""


class OpenLedger(RunLedger, History, DayLedger, Protocol):
    """Everything, as ``open_ledger`` returns it."""

    def prune(self, before: datetime) -> int:
        """Drop runs that started before ``before`` with their results, never days; how many went."""

    def close(self) -> None:
        """Commit and close. Idempotent; nothing may be called afterwards."""
