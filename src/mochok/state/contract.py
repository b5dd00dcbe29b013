"""The seams for what is kept between runs.

The *file ledger* is a cache of what is in the buckets; losing it costs nothing but a fresh comparison.
The *history* holds every run and every result, the *day ledger* what is known of every data day; neither is
rewritten. One SQLite database implements all of them (``ledger.py``), in memory when its file cannot be used.
All may be used from several threads. They never raise: after a fault the file ledger knows nothing, the fault
is reported once through the ``warn`` of :func:`mochok.state.ledger.open_ledger`, and uploads continue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from mochok.model import BucketId, Identity, LedgerEntry, SyncResult
from mochok.records.deletes import Baseline, DeleteMemory, KnownSource, Refusal
from mochok.records.history import (
    Acceptance,
    DayRecord,
    DaysElsewhere,
    HistoryExtent,
    ResultRecord,
    RunRecord,
)
from mochok.similar import Memory


class FileLedger(Protocol):
    """What was sent where. ``destination`` identifies endpoint, bucket and prefix; keys are below it."""

    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """The entries of those of ``keys`` that are known (at most a few thousand keys a call)."""

    def count(self, destination: str) -> int:
        """How many entries there are of objects that were sent or seen."""

    def entries(self, destination: str, after: str, most: int) -> Sequence[LedgerEntry]:
        """The next ``most`` of these entries, by the bytes of their keys, beginning behind ``after``."""

    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        """Insert or replace; durable after :meth:`flush` or the next recorded result."""

    def forget(self, destination: str, keys: Iterable[str]) -> None:
        """Drop entries of objects that are gone or no longer as recorded; durable as :meth:`record` is."""

    def forget_deleted(self, destination: str, keys: Sequence[str]) -> None:
        """Drop the entries of objects that were deleted, also from destinations that contain this one or are
        in it; durable as :meth:`record` is.
        """

    def flush(self) -> None:
        """Make everything durable that was recorded; does nothing if it is already."""


class SafetyLedger(Protocol):
    """What keeps deletions from happening by mistake; durable when a method returns, but for the baseline,
    which is durable with the next recorded result.
    """

    def memory(self, name: str, destination: str) -> DeleteMemory | None:
        """What is remembered for a job of the configuration ``name``; None if the ledger cannot be used."""

    def known_keys(self, destination: str, most: int, below: str = "") -> tuple[int, Sequence[str]]:
        """How many keys that begin with ``below`` were sent or seen there, and all of them or ``most`` that
        are spread evenly.
        """

    def set_baseline(self, baseline: Baseline) -> None:
        """A run with ``--delete`` ended without any problem."""

    def remember(self, refusal: Refusal) -> None:
        """Deletions were refused, or a person accepted them; replaces the refusal of that destination."""

    def settle(self, destination: str) -> None:
        """Forget the refusal of a destination."""

    def refusals(self) -> Sequence[Refusal]:
        """All refusals that are remembered, oldest first."""


class SourceLedger(Protocol):
    """What is known of source folders; durable with the next recorded result."""

    def source(self, name: str, path: str) -> KnownSource | None:
        """The folder ``path`` of a configuration after its last run without any problem."""

    def set_source(self, source: KnownSource) -> None:
        """A run ended without any problem."""


class DoubtLedger(Protocol):
    """What makes a data day incomplete although its files look complete; see ``DayLedger.days``."""

    def doubt_days(self, identity: Identity, days: Sequence[date], run_id: str) -> None:
        """A run begins to change what is in S3 of these days: those that are complete are shown as partial
        until a result of them is recorded; durable when this returns.
        """

    def not_arrived(self, identity: Identity, days: Sequence[date]) -> Sequence[tuple[date, str]]:
        """The keys of these days whose upload failed in the last result, each with its day."""

    def are_complete(self, identity: Identity, days: Sequence[date]) -> bool:
        """Whether each of these days is known to be complete."""


class Safety(SafetyLedger, SourceLedger, DoubtLedger, Protocol):
    """All of these."""


class Listings(Protocol):
    """When the last complete listings were taken, which the file ledger may replace for a while."""

    def listed(self, destination: str, bucket: BucketId) -> datetime | None:
        """When the last complete listing of ``destination`` was taken, None if never or of another bucket."""

    def set_listed(self, destination: str, bucket: BucketId, when: datetime) -> None:
        """A complete listing was taken: durable as :meth:`FileLedger.record` is, and never without what was
        recorded before it.
        """

    def forget_listings(self, destination: str) -> None:
        """Forget the listings that cover objects of ``destination``; durable when this returns."""

    def forget_bucket(self, place: str) -> None:
        """Forget the listings of the bucket at ``BucketId.place``; durable when this returns."""


class JobLedger(FileLedger, Listings, Memory, Protocol):
    """What one job reads and writes."""

    @property
    def safety(self) -> Safety:
        """The safety of deletions and sources."""


class History(Protocol):
    """Every run, every result."""

    def start_run(self, run_id: str, started: datetime) -> None:
        """A run begins (dry runs are not recorded)."""

    def record_result(
        self, run_id: str, started: datetime, result: SyncResult, identity: Identity | None = None
    ) -> bool:
        """One configuration ended: insert the result, bring its days up to date, in one transaction, and
        make it durable with everything recorded before it. Whether that succeeded; a dry run is ignored.
        ``identity``: whose its days are; None if its destination is unknown.
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

    def days(self, identity: Identity, first: date, last: date) -> Mapping[date, DayRecord]:
        """The known days of one configuration between two dates, both included, oldest first."""

    def first_day(self, identity: Identity) -> date | None:
        """The earliest day of which a look found the folder or a file; None without one."""

    def has_files(self, name: str) -> bool:
        """Whether any run found a file of the configuration, for whatever destination."""

    def days_elsewhere(self, identity: Identity) -> DaysElsewhere | None:
        """The days that arrived at other destinations and are unknown at this one; None without any."""

    def extent(self) -> HistoryExtent:
        """How far runs and days go back."""

    def accept(self, acceptance: Acceptance) -> bool:
        """Record an accepted gap in place of an earlier acceptance of that day; whether that is durable."""

    def undo_acceptance(self, name: str, day: date, when: datetime, who: str) -> bool:
        """The day's gap is one again; whether it was accepted, and that is durable."""

    def acceptances(self, name: str | None = None) -> Sequence[Acceptance]:
        """All acceptances of one configuration, or of all, oldest first; also those that were undone."""


class Corrections(Protocol):
    """What a person corrects; each change is one transaction, and returns whether it is durable."""

    def names(self) -> Sequence[str]:
        """The configurations that the ledger has results or days of."""

    def days(self, name: str, first: date, last: date) -> Sequence[DayRecord]:
        """The days between two dates, both included, of all destinations, oldest first."""

    def rename(self, old: str, new: str) -> bool:
        """Everything that is recorded of the configuration ``old`` is that of ``new``."""

    def forget(self, name: str, first: date, last: date) -> bool:
        """Remove the days between two dates, both included, of all destinations."""


class OpenLedger(JobLedger, History, DayLedger, Protocol):
    """All of them, as ``open_ledger`` returns them."""

    @property
    def complete(self) -> bool:
        """Whether everything that was recorded so far is kept: False in memory, and after a fault."""

    @property
    def corrections(self) -> Corrections:
        """What a person corrects."""

    def prune(self, before: datetime, now: datetime) -> int:
        """Drop runs that started before ``before`` with their results, never days; how many went.

        A run is kept if an earlier one is kept: then a wrong clock made it look old.
        """

    def close(self) -> None:
        """Commit and close. Idempotent; nothing may be called afterwards."""
