"""One configuration for one date, from its source folder to its result."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from mochok.errors import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_LEFT_OUT,
    EXIT_SUCCESS,
    DeleteRefusedError,
    Interrupted,
    MochokError,
    ServerFaultError,
)
from mochok.model import DayResult, DayState, Delete, Reason, Status, SyncResult, Upload
from mochok.plan.compare import Compare
from mochok.plurals import counted
from mochok.run.context import JobContext
from mochok.run.job import Job
from mochok.run.name_conflicts import name_conflicts
from mochok.run.pipeline import Pipeline
from mochok.run.record import Record
from mochok.run.source_watch import SourceWatch
from mochok.run.unanswered import LOOKS, OVERWRITTEN
from mochok.scan import check_source
from mochok.storage.contract import ObjectStore
from mochok.storage.lazy import LazyStore

_CONFLICTS_TOLD = 5


def synchronize(job: Job, context: JobContext) -> SyncResult:
    """Run ``job``; every ``MochokError`` becomes its result, nothing else is caught."""
    return _Synchronization(job, context).run()


class _Synchronization:
    def __init__(self, job: Job, context: JobContext) -> None:
        self.job = job
        self.context = context
        self.record = Record(job, context)
        self.ended = False
        self.started = context.clock.monotonic_seconds()

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
            self.record.keep_sent()  # durable with the job's result, which follows

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
        return self.context.open_store(self.job.opening, self.record.notice)

    def listing_is_fresh(self) -> bool:
        """True if the ledger may stand in for the listing. A run that deletes always lists."""
        job = self.job
        if job.reconcile_every_days == 0 or job.compare is not Compare.LEDGER or job.delete:
            return False
        if self.record.unanswered.since_ns is not None:
            return False
        listed = self.context.ledger.listed(job.destination)
        age = timedelta(days=job.reconcile_every_days)
        return listed is not None and timedelta() <= self.context.clock.now() - listed < age

    def move(self, store: ObjectStore, watch: SourceWatch, *, trust_ledger: bool) -> None:
        record = self.record
        pipeline = self.pipeline(store, trust_ledger=trust_ledger)
        record.tally = pipeline.findings.tally
        listing_began = self.context.clock.now()
        self.send(store, pipeline, pipeline.uploads())
        if record.unanswered.since_ns is not None and not self.job.dry_run:
            pipeline = self.look_again(store, pipeline)
        watch.check(left_out=record.tally.left_out)
        if self.job.delete:
            self.delete(store, pipeline)
        if not trust_ledger and not self.job.dry_run and self.job.compare is Compare.LEDGER:
            self.context.ledger.set_listed(self.job.destination, listing_began)

    def pipeline(self, store: ObjectStore, *, trust_ledger: bool = False, again: bool = False) -> Pipeline:
        """``again``: only what was overwritten counts, and what was told before is not told once more."""
        record = self.record
        pipeline = Pipeline(
            self.job,
            store,
            self.context.ledger,
            self.context.stop,
            on_left_out=record.left_out,
            on_skip=record.skipped if self.context.details and not again else None,
            on_notice=_untold if again else record.notice,
            on_tick=lambda: record.progress(pipeline),
            trust_ledger=trust_ledger,
            days=None if again else record.days,
            doubtful_from_ns=record.unanswered.doubtful_from_ns,
            only=OVERWRITTEN if again else None,
        )
        return pipeline

    def send(self, store: ObjectStore, pipeline: Pipeline, uploads: Iterator[Upload | None]) -> None:
        for outcome in store.upload(self.record.begun(uploads)):
            self.record.take(outcome)
            self.record.progress(pipeline)
        self.record.keep_sent()
        self.record.unanswered.settle()
        if self.context.stop.requested:
            raise Interrupted("interrupted")

    def look_again(self, store: ObjectStore, pipeline: Pipeline) -> Pipeline:
        """Put right what came late of an earlier run; the last look's pipeline holds (see ``unanswered.py``).

        Raises ServerFaultError if the bucket does not come to rest.
        """
        record = self.record
        clock, pause_seconds = self.context.clock, self.context.look_again_seconds
        due_seconds = self.started + pause_seconds
        wait_seconds = round(due_seconds - clock.monotonic_seconds())
        when = f" in {wait_seconds} s" if wait_seconds > 0 else ""
        what = "an earlier run ended without all of the server's answers: looking once more"
        record.notice("INFO", what + when)
        for _ in range(LOOKS):
            self.context.stop.wait(due_seconds - clock.monotonic_seconds())
            pipeline = self.second_look(store, pipeline)
            again = pipeline.findings.tally.uploads_planned
            if not again:
                record.unanswered.answered()
                return pipeline
            objects = counted(again, "object was", "objects were", grouped=False)
            record.notice("INFO", f"{objects} overwritten by what that run had under way, and sent again")
            due_seconds = clock.monotonic_seconds() + pause_seconds
        raise ServerFaultError(
            "objects are still overwritten by what an earlier run had under way", hint="run it again later"
        )

    def second_look(self, store: ObjectStore, first: Pipeline) -> Pipeline:
        record = self.record
        pipeline = self.pipeline(store, again=True)
        pipeline.told |= first.told
        self.send(store, pipeline, record.again(pipeline.uploads()))
        found = pipeline.findings.tally
        record.tally.left_out = max(record.tally.left_out, found.left_out)
        record.tally.deletes_planned = found.deletes_planned
        return pipeline

    def delete(self, store: ObjectStore, pipeline: Pipeline) -> None:
        """The last phase, only after everything before it went without a fault."""
        findings = pipeline.findings
        if not self.record.tally.deletes_planned:
            return
        unclean = self.why_no_delete(complete=findings.complete)
        if unclean:
            self.record.warn(f"nothing was deleted, because {unclean}")
            self.tell_name_conflicts(findings.deletes)
            return
        if findings.scanned == 0:
            objects = counted(findings.objects, "object exists", "objects exist", grouped=False)
            raise DeleteRefusedError(
                f"the source holds no file, but {objects}; nothing was deleted",
                hint="is the right folder mounted? To empty the prefix, delete its objects by hand",
            )
        refusal = self.job.guard.refusal(self.record.tally.deletes_planned, findings.objects)
        if refusal:
            which = f'--target-date {self.job.target_date} --only "{self.job.name}"'
            allowed = f"--allow-deletes {self.record.tally.deletes_planned}"
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
            self.record.warn(
                f"{key} may have failed because the bucket still holds {stale}, which has no file any more: "
                "some servers cannot keep both. Delete that object by hand, and the next run sends the file"
            )

    def why_no_delete(self, *, complete: bool) -> str:
        if self.record.tally.failed:
            return f"{counted(self.record.tally.failed, 'file', grouped=False)} failed"
        if self.record.tally.left_out:
            count = counted(self.record.tally.left_out, "file or folder", "files or folders", grouped=False)
            return f"{count} could not be read"
        return "" if complete else "the run was interrupted"

    def carry_out_deletes(self, store: ObjectStore, pipeline: Pipeline) -> None:
        gone: list[str] = []
        self.record.unanswered.begin()
        if not self.job.dry_run:  # a kill from here on must not leave rows of deleted objects trusted
            self.context.ledger.set_listed(self.job.destination, None)
        for item, error in store.delete(pipeline.findings.deletes):
            if error is not None:
                self.record.unsent(item.key, error)
                continue
            gone.append(item.key)
            self.record.deleted(item)
        self.record.unanswered.settle()
        if not self.job.dry_run:
            self.context.ledger.forget(self.job.destination, gone)

    def skipped(self, why: str) -> SyncResult:
        """A missing day folder: worth a warning only on a day that should have one."""
        message = why if self.job.expected else f"{why}, and none is expected on this day"
        self.record.notice("WARNING" if self.job.expected else "INFO", message)
        return self.result(Status.SKIPPED, message, EXIT_SUCCESS, DayState.MISSING)

    def failed(self, error: MochokError) -> SyncResult:
        return self.result(Status.FAILURE, error.message, error.exit_code, self.unfinished(), error.hint)

    def unfinished(self) -> DayState:
        return DayState.PARTIAL if self.record.tally.uploaded else DayState.FAILED

    def finished(self) -> SyncResult:
        self.ended = True
        if self.record.tally.failed:
            message = f"{self.record.tally.failed} failed, {self.summary()}"
            return self.result(Status.FAILURE, message, EXIT_FAILURE, self.unfinished())
        if self.record.tally.left_out:
            message = f"{self.summary()}, {self.record.tally.left_out} left out"
            return self.result(Status.SUCCESS, message, EXIT_LEFT_OUT, DayState.PARTIAL)
        state = DayState.COMPLETE if self.record.tally.files_seen else DayState.EMPTY
        return self.result(Status.SUCCESS, self.summary(), EXIT_SUCCESS, state)

    def summary(self) -> str:
        return ", ".join(self.counts())

    def counts(self) -> Iterator[str]:
        tally, would = self.record.tally, "would be " if self.job.dry_run else ""
        yield f"{tally.uploaded} {would}uploaded"
        if tally.deleted:
            yield f"{tally.deleted} {would}deleted"
        yield f"{tally.skipped.get(Reason.UP_TO_DATE, 0)} up to date"
        days = self.job.paths.days
        if days != (self.job.target_date,) and len(days) == 1:  # a source without days of its own
            yield f"as of {days[0]}"

    def day_results(self, day_state: DayState) -> tuple[DayResult, ...]:
        if self.record.days is None or day_state is DayState.MISSING:
            return ()
        return self.record.days.results(finished=self.ended, left_out=self.record.tally.left_out)

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
            tally=self.record.tally,
            duration_seconds=self.context.clock.monotonic_seconds() - self.started,
            dry_run=self.job.dry_run,
            failures=tuple(self.record.failures),
            warnings=tuple(self.record.warnings),
            hint=hint,
            exit_code=exit_code,
            day_results=self.day_results(day_state),
        )


def _untold(_level: str, _message: str) -> None:
    """It was told in the first pass."""
