"""What happens to one job while it runs: emitted to the listeners, counted, and recorded in the ledger."""

from __future__ import annotations

import os
from datetime import date
from itertools import chain

from mochok import events
from mochok.errors import FileLeftOutError, MochokError
from mochok.events import Level
from mochok.model import Delete, Failure, LedgerEntry, LeftOut, Reason, SourceFile, Tally, Upload
from mochok.plan.compare import Compare
from mochok.plan.dating import DayCounts
from mochok.plan.planner import ShardPlan
from mochok.plan.settling import Settling
from mochok.run.context import JobContext
from mochok.run.in_flight import InFlightMark
from mochok.run.job import Job
from mochok.run.pass_counts import PassCounts
from mochok.storage.contract import Deleted, Sent, Unsent

FAILURES_KEPT = 100
NOT_ARRIVED_KEPT = 10_000
_LEDGER_BATCH = 500
_LEDGER_SECONDS = 1.0
"""How often, while files arrive: what the ledger does not know after a kill is uploaded again."""
_PROGRESS_SECONDS = 0.2


class Recorder:
    """The record of one job. ``tally`` becomes that of the first pass once it begins.

    ``on_the_way``: how many bytes have arrived of each file that is sent in parts now, by key.
    """

    def __init__(self, job: Job, context: JobContext) -> None:
        self.tally = Tally()
        self.days = DayCounts(job.paths.days, job.rules().days)
        self.settling = Settling(job.settle_minutes)
        self.failures: list[Failure] = []
        self.warnings: list[str] = []
        self.on_the_way: dict[str, int] = {}
        self.not_arrived: set[tuple[date, str]] = set()
        compares = job.compare is Compare.LEDGER
        self.mark = InFlightMark(context.ledger, job.destination, context.clock, used=compares)
        self._job = job
        self._ledger = context.ledger
        self._emit = context.emit
        self._clock = context.clock
        self._details = context.details
        self._reported: set[str] = set()
        self._run_id = context.run_id
        self._doubted: set[date] = set()
        self._entries: list[LedgerEntry] = []
        self._next_progress = 0.0
        self._next_flush = context.clock.monotonic_seconds() + _LEDGER_SECONDS

    # What is planned

    def planned(self, plan: ShardPlan) -> None:
        """The plan of a shard."""
        self.days.add(plan.days)
        if self._details:
            for skip in chain(plan.skips, plan.object_skips):
                self._emit(events.FileSkipped(self._job.name, skip.key, skip.reason))

    def upload_planned(self, upload: Upload, *, again: bool) -> None:
        """An upload is about to start; ``again``: its file was counted before."""
        self.begin_changes(self._days_of(upload.file))
        self.days.planned(upload.file, again=again)
        if again:
            self.tally.uploads_planned += 1
            self.tally.bytes_planned += upload.file.size_bytes

    def begin_changes(self, days: tuple[date, ...] = ()) -> None:
        """Requests that change something of ``days``, by default of all, are about to be sent."""
        self.mark.begin()
        changed = set(days or self._job.paths.days) - self._doubted
        if changed:
            self._doubted |= changed
            self._ledger.safety.doubt_days(self._job.identity, sorted(changed), self._run_id)

    def _days_of(self, file: SourceFile) -> tuple[date, ...]:
        day = self.days.day_of(file)
        return self._job.paths.days if day is None else (day,)

    def left_out(self, left_out: LeftOut) -> None:
        """A name is skipped or ignored; reported once, though a source may be scanned twice."""
        if left_out.key in self._reported:
            return
        self._reported.add(left_out.key)
        folder = os.path.join(self._job.paths.source, *left_out.key.split("/"))
        if left_out.key.endswith("/") and os.path.isdir(folder) and not os.path.islink(folder[:-1]):
            self.not_arrived |= {(day, left_out.key) for day in self._job.paths.days}
        if not left_out.passed_over and len(self.warnings) < FAILURES_KEPT:
            self.warnings.append(f"skipped (unreadable): {left_out.key}: {left_out.problem}")
        self._emit(events.FileLeftOut(self._job.name, left_out))

    # What happened to a file or an object

    def uploaded(self, outcome: Sent | Unsent) -> None:
        """An upload ended."""
        file, reason = outcome.upload
        self.on_the_way.pop(file.key, None)
        if isinstance(outcome, Unsent):
            self._not_uploaded(file, outcome.error)
            return
        new, size_bytes = reason is Reason.NEW, outcome.entry.size_bytes
        changed_ns = max(outcome.entry.mtime_ns, outcome.entry.ctime_ns)  # perhaps after the scan
        self.settling.add({self.days.day_of(file): (changed_ns, file.key)})
        self.days.uploaded(file, new=new)
        self.tally.uploaded += 1
        self.tally.uploaded_new += new
        self.tally.bytes_uploaded += size_bytes
        self._keep(outcome.entry)
        self._emit(events.FileSent(self._job.name, file.key, size_bytes, reason, self._job.dry_run))

    def deleted(self, outcome: Deleted) -> None:
        """A delete ended."""
        item = outcome.delete
        if outcome.error is not None:
            self._failed(item.key, outcome.error)
            return
        self.tally.deleted += 1
        self.would_delete(item)

    def would_delete(self, item: Delete) -> None:
        """The event of a delete; in a dry run also of one that is refused."""
        self._emit(events.ObjectDeleted(self._job.name, item.key, item.size_bytes, self._job.dry_run))

    def _not_uploaded(self, file: SourceFile, error: MochokError) -> None:
        if isinstance(error, FileLeftOutError):
            if os.path.lexists(file.path):
                self._keep_not_arrived(file)
            self.days.left_out(file)
            self.tally.left_out += 1
            self.left_out(LeftOut(file.key, error.message))
            return
        # The object may now be what the file was a moment before.
        self._entries.append(LedgerEntry.begun(file.key))
        self._keep_not_arrived(file)
        self._failed(file.key, error)

    def _keep_not_arrived(self, file: SourceFile) -> None:
        if len(self.not_arrived) < NOT_ARRIVED_KEPT:
            self.not_arrived |= {(day, file.key) for day in self._days_of(file)}

    def _failed(self, key: str, error: MochokError) -> None:
        self.mark.failed(error)
        self.tally.failed += 1
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(Failure(key, error.message))
        self._emit(events.FileFailed(self._job.name, key, str(error)))

    def _keep(self, entry: LedgerEntry) -> None:
        """Into the ledger in batches; without an ETag only size and time can decide the next time."""
        if not entry.etag:
            self._ledger.forget(self._job.destination, [entry.key])
            return
        self._entries.append(entry)
        now = self._clock.monotonic_seconds()
        if now >= self._next_flush:
            self._next_flush = now + _LEDGER_SECONDS
            self.flush()
            self._ledger.flush()
        elif len(self._entries) >= _LEDGER_BATCH:
            self.flush()

    def flush(self) -> None:
        """Hand the ledger what was uploaded since the last batch."""
        if self._entries:
            self._ledger.record(self._job.destination, self._entries)
            self._entries.clear()

    # What else is reported

    def progress(self, counts: PassCounts) -> None:
        """At most a few times a second."""
        now = self._clock.monotonic_seconds()
        if now >= self._next_progress:
            self._next_progress = now + _PROGRESS_SECONDS
            key = next(iter(self.on_the_way), counts.current_key)
            arrived_bytes, scanning = sum(self.on_the_way.values()), not counts.complete
            tally = self.tally.copy()
            self._emit(events.Progress(self._job.name, tally, key, scanning, arrived_bytes))

    def notice(self, level: str, message: str) -> None:
        """A line for the log; warnings are part of the result."""
        if level == "WARNING":
            self.warnings.append(message)
        self._emit(events.Notice(self._job.name, Level(level), message))

    def warn(self, message: str) -> None:
        """A notice of level WARNING."""
        self.notice("WARNING", message)
