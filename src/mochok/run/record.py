"""What happens to one job while it runs: told to the listeners, counted, and remembered in the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from mochok.errors import FileLeftOutError, MochokError
from mochok.events import (
    Event,
    FileFailed,
    FileLeftOut,
    FileSent,
    FileSkipped,
    Level,
    Notice,
    ObjectDeleted,
    Progress,
)
from mochok.model import Delete, Failure, LedgerEntry, LeftOut, Reason, Skip, SourceFile, Tally, Upload
from mochok.plan.compare import Compare
from mochok.run.context import JobContext
from mochok.run.job import Job
from mochok.run.pipeline import Pipeline
from mochok.run.unanswered import Unanswered
from mochok.storage.contract import Sent, Unsent

FAILURES_KEPT = 100
_LEDGER_BATCH = 500
_LEDGER_SECONDS = 1.0
"""So often, while files arrive: what the ledger does not know after a kill is sent again. What arrives less
than a second after that waits for the next file to end.
"""
_PROGRESS_SECONDS = 0.2


class Record:
    """The record of one job. ``tally`` becomes the pipeline's own once there is one."""

    def __init__(self, job: Job, context: JobContext) -> None:
        self.tally = Tally()
        self.days = job.day_counts()
        self.failures: list[Failure] = []
        self.warnings: list[str] = []
        self.unanswered = Unanswered(
            context.ledger,
            job.destination,
            context.clock,
            passive=job.dry_run,
            used=job.compare is Compare.LEDGER,
        )
        self._job = job
        self._ledger = context.ledger
        self._emit_to = context.emit
        self._clock = context.clock
        self._sent: list[LedgerEntry] = []
        self._next_progress = 0.0
        self._next_flush = context.clock.monotonic_seconds() + _LEDGER_SECONDS

    # What is about to happen

    def begun(self, uploads: Iterator[Upload | None]) -> Iterator[Upload | None]:
        """The same uploads, with a note in the ledger before the first of them."""
        for upload in uploads:
            if upload is not None:
                self.unanswered.begin()
            yield upload

    def again(self, uploads: Iterator[Upload | None]) -> Iterator[Upload | None]:
        """The same uploads, counted: their files were counted before, as sent or as up to date."""
        for upload in uploads:
            if upload is not None:
                self.tally.uploads_planned += 1
                self.tally.bytes_planned += upload.file.size_bytes
                if self.days is not None:
                    self.days.again(upload.file)
            yield upload

    # What happened to a file or an object

    def take(self, outcome: Sent | Unsent) -> None:
        file, reason = outcome.upload
        if isinstance(outcome, Unsent):
            self._not_taken(file, outcome.error)
            self.unsent(file.key, outcome.error)
            return
        if self.days is not None:
            self.days.uploaded(file, new=reason is Reason.NEW)
        size_bytes = outcome.entry.size_bytes
        self.tally.uploaded += 1
        self.tally.uploaded_new += reason is Reason.NEW
        self.tally.bytes_uploaded += size_bytes
        if not self._job.dry_run:
            self._remember(outcome.entry)
        self._emit(FileSent(self._job.name, file.key, size_bytes, reason, self._job.dry_run))

    def _not_taken(self, file: SourceFile, error: MochokError) -> None:
        """What stands in the bucket after a failure may be what the file was a moment before."""
        if not isinstance(error, FileLeftOutError):
            if not self._job.dry_run:
                self._sent.append(LedgerEntry.begun(file.key))
        elif self.days is not None:
            self.days.left_out(file)

    def unsent(self, key: str, error: MochokError) -> None:
        """A file did not arrive, or an object did not go."""
        if isinstance(error, FileLeftOutError):
            self.tally.left_out += 1
            self.left_out(LeftOut(key, error.message))
            return
        self.unanswered.failed(error)
        self.tally.failed += 1
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(Failure(key, error.message))
        self._emit(FileFailed(self._job.name, key, str(error)))

    def left_out(self, left_out: LeftOut) -> None:
        if not left_out.passed_over and len(self.warnings) < FAILURES_KEPT:
            self.warnings.append(f"left out: {left_out.key}: {left_out.problem}")
        self._emit(FileLeftOut(self._job.name, left_out))

    def skipped(self, skip: Skip) -> None:
        self._emit(FileSkipped(self._job.name, skip.key, skip.reason))

    def deleted(self, item: Delete) -> None:
        self.tally.deleted += 1
        self._emit(ObjectDeleted(self._job.name, item.key, item.size_bytes, self._job.dry_run))

    def _remember(self, entry: LedgerEntry) -> None:
        """Into the ledger in batches; without an ETag only size and time can tell the next time."""
        if not entry.etag:
            self._ledger.forget(self._job.destination, [entry.key])
            return
        self._sent.append(entry)
        now = self._clock.monotonic_seconds()
        if now >= self._next_flush:
            self._next_flush = now + _LEDGER_SECONDS
            self.keep_sent()
            self._ledger.flush()
        elif len(self._sent) >= _LEDGER_BATCH:
            self.keep_sent()

    def keep_sent(self) -> None:
        """Hand the ledger what was sent since the last batch."""
        if self._sent:
            self._ledger.record(self._job.destination, self._sent)
            self._sent.clear()

    # What is said besides

    def progress(self, pipeline: Pipeline) -> None:
        """A few times a second at the most."""
        now = self._clock.monotonic_seconds()
        if now >= self._next_progress:
            self._next_progress = now + _PROGRESS_SECONDS
            findings = pipeline.findings
            self._emit(
                Progress(self._job.name, self.tally, findings.current_key, scanning=not findings.complete)
            )

    def notice(self, level: str, message: str) -> None:
        if level == "WARNING":
            self.warnings.append(message)
        self._emit(Notice(self._job.name, Level(level), message))

    def warn(self, message: str) -> None:
        self.notice("WARNING", message)

    def _emit(self, event: Event) -> None:
        self._emit_to(event)
