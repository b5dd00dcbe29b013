"""One configuration for one date, from its source folder to its result."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from mochok.clock import Clock, Stop
from mochok.errors import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_LEFT_OUT,
    EXIT_SUCCESS,
    DeleteRefusedError,
    FileLeftOutError,
    Interrupted,
    MochokError,
)
from mochok.events import (
    Event,
    FileFailed,
    FileLeftOut,
    FileSent,
    FileSkipped,
    Listener,
    Notice,
    ObjectDeleted,
    Progress,
)
from mochok.model import (
    DayResult,
    DayState,
    Delete,
    Failure,
    LedgerEntry,
    LeftOut,
    Reason,
    Skip,
    Status,
    SyncResult,
    Tally,
)
from mochok.plan.compare import Compare
from mochok.run.job import Job
from mochok.run.name_conflicts import name_conflicts
from mochok.run.pipeline import Pipeline
from mochok.run.source_watch import SourceWatch
from mochok.scan import check_source
from mochok.state.contract import FileLedger
from mochok.storage.contract import ObjectStore, Sent, Unsent
from mochok.storage.lazy import LazyStore
from mochok.words import counted

FAILURES_KEPT = 100
_CONFLICTS_TOLD = 5
_LEDGER_BATCH = 500
_PROGRESS_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every job shares. ``details``: also tell every file that needs nothing."""

    ledger: FileLedger
    listener: Listener
    clock: Clock
    stop: Stop
    details: bool = False


@dataclass(slots=True)
class _Record:
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sent: list[LedgerEntry] = field(default_factory=list)
    delete_note: str = ""


def synchronize(job: Job, around: Surroundings) -> SyncResult:
    """Run ``job``; every ``MochokError`` becomes its result, nothing else is caught."""
    return _Synchronization(job, around).run()


class _Synchronization:
    def __init__(self, job: Job, around: Surroundings) -> None:
        self.job = job
        self.around = around
        self.record = _Record()
        self.tally = Tally()
        self.days = job.day_counts()
        self.ended = False
        self.started = around.clock.monotonic_seconds()
        self.next_progress = 0.0

    def run(self) -> SyncResult:
        try:
            missing = self.missing_source()
            if missing:
                return self.skipped(missing)
            watch = SourceWatch(self.job.paths.source)
            trusted = self.listing_is_fresh()
            store = LazyStore(self.open_store) if trusted else self.open_store()
            try:
                self.move(store, watch, trust_ledger=trusted)
            finally:
                store.close()
            return self.finished()
        except Interrupted:
            message = f"interrupted after {self.summary()}"
            return self.result(Status.FAILURE, message, EXIT_INTERRUPTED, self.unfinished())
        except MochokError as error:
            return self.failed(error)
        finally:
            self.keep_sent()
            self.around.ledger.flush()

    def missing_source(self) -> str:
        """ "" if the source is there, else what to say; a missing base path is an error of its own."""
        source = self.job.paths.source
        if os.path.isdir(source):
            return ""
        check_source(self.job.base_path)
        if os.path.lexists(source) or self.job.missing_source == "fail":
            check_source(source)
        return f"the source folder {source} does not exist"

    def open_store(self) -> ObjectStore:
        return self.job.open_store(self.notice)

    def listing_is_fresh(self) -> bool:
        """True if the ledger may stand in for the listing. A run that deletes always lists."""
        job = self.job
        if job.reconcile_every_days == 0 or job.compare is not Compare.LEDGER or job.delete:
            return False
        listed = self.around.ledger.listed(job.destination)
        age = timedelta(days=job.reconcile_every_days)
        return listed is not None and timedelta() <= self.around.clock.now() - listed < age

    def move(self, store: ObjectStore, watch: SourceWatch, *, trust_ledger: bool) -> None:
        pipeline = Pipeline(
            self.job,
            store,
            self.around.ledger,
            self.around.stop,
            on_left_out=self.left_out,
            on_skip=self.skip if self.around.details else None,
            on_notice=self.notice,
            on_tick=lambda: self.progress(pipeline),
            trust_ledger=trust_ledger,
            days=self.days,
        )
        self.tally = pipeline.findings.tally
        listing_began = self.around.clock.now()
        for outcome in store.upload(pipeline.uploads()):
            self.take(outcome)
            self.progress(pipeline)
        self.keep_sent()
        if self.around.stop.requested:
            raise Interrupted("interrupted")
        watch.check(left_out=self.tally.left_out)
        if self.job.delete:
            self.delete(store, pipeline)
        if not trust_ledger and not self.job.dry_run and self.job.compare is Compare.LEDGER:
            self.around.ledger.set_listed(self.job.destination, listing_began)

    def take(self, outcome: Sent | Unsent) -> None:
        file, reason = outcome.upload
        if isinstance(outcome, Unsent):
            if self.days is not None and isinstance(outcome.error, FileLeftOutError):
                self.days.left_out(file)
            self.unsent(file.key, outcome.error)
            return
        if self.days is not None:
            self.days.uploaded(file, new=reason is Reason.NEW)
        self.tally.uploaded += 1
        self.tally.uploaded_new += reason is Reason.NEW
        self.tally.bytes_uploaded += outcome.entry.size_bytes
        if not self.job.dry_run:
            self.remember(outcome.entry)
        size = outcome.entry.size_bytes
        self.emit(FileSent(self.job.name, file.key, size, reason, self.job.dry_run))

    def remember(self, entry: LedgerEntry) -> None:
        """Into the ledger in batches; without an ETag only size and time can tell the next time."""
        if not entry.etag:
            self.around.ledger.forget(self.job.destination, [entry.key])
            return
        self.record.sent.append(entry)
        if len(self.record.sent) >= _LEDGER_BATCH:
            self.keep_sent()

    def unsent(self, key: str, error: MochokError) -> None:
        if isinstance(error, FileLeftOutError):
            self.tally.left_out += 1
            self.left_out(LeftOut(key, error.message))
            return
        self.tally.failed += 1
        if len(self.record.failures) < FAILURES_KEPT:
            self.record.failures.append(Failure(key, error.message))
        self.emit(FileFailed(self.job.name, key, str(error)))

    def left_out(self, left_out: LeftOut) -> None:
        if not left_out.passed_over and len(self.record.warnings) < FAILURES_KEPT:
            self.record.warnings.append(f"left out: {left_out.key}: {left_out.problem}")
        self.emit(FileLeftOut(self.job.name, left_out))

    def skip(self, skip: Skip) -> None:
        self.emit(FileSkipped(self.job.name, skip.key, skip.reason))

    def keep_sent(self) -> None:
        if self.record.sent:
            self.around.ledger.record(self.job.destination, self.record.sent)
            self.record.sent.clear()

    def delete(self, store: ObjectStore, pipeline: Pipeline) -> None:
        """The last phase, only after everything before it went without a fault."""
        findings = pipeline.findings
        if not self.tally.deletes_planned:
            return
        unclean = self.why_no_delete(complete=findings.complete)
        if unclean:
            self.record.delete_note = f"nothing was deleted, because {unclean}"
            self.warn(self.record.delete_note)
            self.tell_name_conflicts(findings.deletes)
            return
        if findings.scanned == 0:
            objects = counted(findings.objects, "object exists", "objects exist", grouped=False)
            raise DeleteRefusedError(
                f"the source holds no file, but {objects}; nothing was deleted",
                hint="is the right folder mounted? To empty the prefix, delete its objects by hand",
            )
        refusal = self.job.guard.refusal(self.tally.deletes_planned, findings.objects)
        if refusal:
            which = f'--target-date {self.job.target_date} --only "{self.job.name}"'
            allowed = f"--allow-deletes {self.tally.deletes_planned}"
            raise DeleteRefusedError(
                f"{refusal}; nothing was deleted",
                hint=f"if that is right, let one run pass the delete_guard: mochok sync {which} {allowed} "
                "(first with --dry-run, which lists what would go)",
            )
        self.carry_out_deletes(store, pipeline)

    def tell_name_conflicts(self, deletes: Iterable[Delete]) -> None:
        failed = [failure.key for failure in self.record.failures]
        pairs = name_conflicts(failed, (item.key for item in deletes))
        for key, stale in islice(pairs, _CONFLICTS_TOLD):
            self.warn(
                f"{key} may have failed because the bucket still holds {stale}, which has no file any more: "
                "some servers cannot keep both. Delete that object by hand, and the next run sends the file"
            )

    def why_no_delete(self, *, complete: bool) -> str:
        if self.tally.failed:
            return f"{counted(self.tally.failed, 'file', grouped=False)} failed"
        if self.tally.left_out:
            count = counted(self.tally.left_out, "file or folder", "files or folders", grouped=False)
            return f"{count} could not be read"
        return "" if complete else "the run was interrupted"

    def carry_out_deletes(self, store: ObjectStore, pipeline: Pipeline) -> None:
        gone: list[str] = []
        if not self.job.dry_run:  # a kill from here on must not leave rows of deleted objects trusted
            self.around.ledger.set_listed(self.job.destination, None)
        for item, error in store.delete(pipeline.findings.deletes):
            if error is not None:
                self.unsent(item.key, error)
                continue
            self.tally.deleted += 1
            gone.append(item.key)
            self.emit(ObjectDeleted(self.job.name, item.key, item.size_bytes, self.job.dry_run))
        if not self.job.dry_run:
            self.around.ledger.forget(self.job.destination, gone)

    def progress(self, pipeline: Pipeline) -> None:
        now = self.around.clock.monotonic_seconds()
        if now >= self.next_progress:
            self.next_progress = now + _PROGRESS_SECONDS
            findings = pipeline.findings
            scanning = not findings.complete
            self.emit(Progress(self.job.name, findings.tally, findings.current_key, scanning))

    def notice(self, level: str, message: str) -> None:
        if level == "WARNING":
            self.record.warnings.append(message)
        self.emit(Notice(self.job.name, level, message))

    def warn(self, message: str) -> None:
        self.notice("WARNING", message)

    def emit(self, event: Event) -> None:
        self.around.listener(event)

    def skipped(self, why: str) -> SyncResult:
        """A missing day folder: worth a warning only on a day that should have one."""
        message = why if self.job.expected else f"{why}, and none is expected on this day"
        self.notice("WARNING" if self.job.expected else "INFO", message)
        return self.result(Status.SKIPPED, message, EXIT_SUCCESS, DayState.MISSING)

    def failed(self, error: MochokError) -> SyncResult:
        return self.result(Status.FAILURE, error.message, error.exit_code, self.unfinished(), error.hint)

    def unfinished(self) -> DayState:
        return DayState.PARTIAL if self.tally.uploaded else DayState.FAILED

    def finished(self) -> SyncResult:
        self.ended = True
        if self.tally.failed:
            message = f"{self.tally.failed} failed, {self.summary()}"
            return self.result(Status.FAILURE, message, EXIT_FAILURE, self.unfinished())
        if self.tally.left_out:
            message = f"{self.summary()}, {self.tally.left_out} left out"
            return self.result(Status.SUCCESS, message, EXIT_LEFT_OUT, DayState.PARTIAL)
        state = DayState.COMPLETE if self.tally.files_seen else DayState.EMPTY
        return self.result(Status.SUCCESS, self.summary(), EXIT_SUCCESS, state)

    def summary(self) -> str:
        return ", ".join(self.counts())

    def counts(self) -> Iterator[str]:
        tally, would = self.tally, "would be " if self.job.dry_run else ""
        yield f"{tally.uploaded} {would}uploaded"
        if tally.deleted:
            yield f"{tally.deleted} {would}deleted"
        yield f"{max(tally.files_seen - tally.uploads_planned, 0)} up to date"
        days = self.job.paths.days
        if days != (self.job.target_date,) and len(days) == 1:  # a source without days of its own
            yield f"as of {days[0]}"

    def day_results(self, day_state: DayState) -> tuple[DayResult, ...]:
        if self.days is None or day_state is DayState.MISSING:
            return ()
        return self.days.results(finished=self.ended, left_out=self.tally.left_out)

    def result(
        self, status: Status, message: str, exit_code: int, day_state: DayState, hint: str = ""
    ) -> SyncResult:
        return SyncResult(
            name=self.job.name,
            status=status,
            message=message,
            target_date=self.job.target_date,
            days=self.job.paths.days,
            day_state=day_state,
            local_path=self.job.paths.source,
            s3_path=self.job.s3_path,
            tally=self.tally,
            duration_seconds=self.around.clock.monotonic_seconds() - self.started,
            dry_run=self.job.dry_run,
            failures=tuple(self.record.failures),
            warnings=tuple(self.record.warnings),
            hint=hint,
            exit_code=exit_code,
            day_results=self.day_results(day_state),
        )
