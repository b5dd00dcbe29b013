"""One configuration for one date, from its source folder to its result."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from mochok import errors
from mochok.model import DayState, Delete, Reason, Status, SyncResult
from mochok.plan.compare import Compare
from mochok.plurals import counted
from mochok.run.context import JobContext
from mochok.run.in_flight import RECHECKS
from mochok.run.job import Job
from mochok.run.name_conflicts import name_conflicts
from mochok.run.pass_counts import PassCounts
from mochok.run.pipeline import Pass, Pipeline
from mochok.run.recorder import Recorder
from mochok.run.source_watch import SourceWatch
from mochok.scan import check_source
from mochok.state.dryrun import DryRunLedger
from mochok.storage.contract import ObjectStore
from mochok.storage.lazy import LazyStore

_CONFLICTS_REPORTED = 5


class Synchronization:
    """One job while it runs."""

    def __init__(self, job: Job, context: JobContext) -> None:
        if job.dry_run:
            context = replace(context, ledger=DryRunLedger(context.ledger))
        self.job = job
        self.context = context
        self.ledger = context.ledger
        self.recorder = Recorder(job, context)
        self.ended = False
        self.started = context.clock.monotonic_seconds()

    def run(self) -> SyncResult:
        """The job's result; every ``MochokError`` becomes one, nothing else is caught."""
        try:
            if missing := self.missing_source():
                return self.skipped(missing)
            watch = SourceWatch(self.job.paths.source)
            trusted = self.listing_is_fresh()
            store = LazyStore(self.open_store) if trusted else self.open_store()
            try:
                self.move(store, watch, trust_ledger=trusted)
            finally:
                store.close()
            return self.finished()
        except errors.Interrupted:
            message = f"interrupted after {self.summary()}"
            return self.result(Status.FAILURE, message, errors.EXIT_INTERRUPTED, self.unfinished())
        except errors.MochokError as error:
            return self.result(Status.FAILURE, error.message, error.exit_code, self.unfinished(), error.hint)
        finally:
            self.recorder.flush()  # durable with the job's result, which follows

    def missing_source(self) -> str:
        """Why there is no source, or ""; a missing base path is an error of its own."""
        source = self.job.paths.source
        if os.path.isdir(source):
            return ""
        check_source(self.job.base_path)
        if os.path.lexists(source) or self.job.missing_source == "fail":
            check_source(source)
        return f"the source folder {source} does not exist"

    def open_store(self) -> ObjectStore:
        return self.context.open_store(self.job.opening, self.recorder.notice)

    def listing_is_fresh(self) -> bool:
        """True if the ledger may replace the listing. A run that deletes always lists."""
        job = self.job
        if job.reconcile_every_days == 0 or job.compare is not Compare.LEDGER or job.delete:
            return False
        if self.recorder.mark.since_ns is not None:
            return False
        listed = self.ledger.listed(job.destination)
        age = timedelta(days=job.reconcile_every_days)
        return listed is not None and timedelta() <= self.context.clock.now() - listed < age

    def move(self, store: ObjectStore, watch: SourceWatch, *, trust_ledger: bool) -> None:
        """Upload what is missing, re-check after an interrupted run, then delete."""
        pipeline = self.pipeline(store, Pass(trust_ledger=trust_ledger))
        self.recorder.tally = pipeline.counts.tally
        listing_began = self.context.clock.now()
        self.send(store, pipeline)
        if self.recorder.mark.since_ns is not None and not self.job.dry_run:
            pipeline = self.recheck(store)
        watch.check(left_out=self.recorder.tally.left_out)
        if self.job.delete:
            self.delete(store, pipeline.counts)
        if not trust_ledger and self.job.compare is Compare.LEDGER:
            self.ledger.set_listed(self.job.destination, listing_began)

    def pipeline(self, store: ObjectStore, this_pass: Pass) -> Pipeline:
        return Pipeline(self.job, store, self.context, self.recorder, this_pass)

    def send(self, store: ObjectStore, pipeline: Pipeline) -> None:
        for outcome in self.context.execute(pipeline, store):
            self.recorder.uploaded(outcome)
            self.recorder.progress(pipeline.counts)
        self.recorder.flush()
        self.recorder.mark.settle()
        if self.context.stop.requested:
            raise errors.Interrupted("interrupted")

    def recheck(self, store: ObjectStore) -> Pipeline:
        """Upload again what an interrupted run still changed (see ``in_flight.py``); the last pass.

        Raises ServerFaultError if the bucket goes on changing.
        """
        recorder, clock = self.recorder, self.context.clock
        due_seconds = self.started + self.context.recheck_seconds
        wait_seconds = round(due_seconds - clock.monotonic_seconds())
        delay = f" in {wait_seconds} s" if wait_seconds > 0 else ""
        message = "a previous run was interrupted during uploads; re-checking the bucket"
        recorder.notice("INFO", f"{message}{delay}")
        for _ in range(RECHECKS):
            self.context.stop.wait(due_seconds - clock.monotonic_seconds())
            pipeline = self.second_pass(store)
            again = pipeline.counts.tally.uploads_planned
            if not again:
                recorder.mark.answered()
                return pipeline
            objects = counted(again, "object was", "objects were", grouped=False)
            recorder.notice("INFO", f"{objects} overwritten by late uploads of that run; uploaded again")
            due_seconds = clock.monotonic_seconds() + self.context.recheck_seconds
        raise errors.ServerFaultError(
            "late uploads of an interrupted run still overwrite objects", hint="run mochok sync again later"
        )

    def second_pass(self, store: ObjectStore) -> Pipeline:
        pipeline = self.pipeline(store, Pass(recheck=True))
        self.send(store, pipeline)
        found, tally = pipeline.counts.tally, self.recorder.tally
        tally.left_out = max(tally.left_out, found.left_out)
        tally.deletes_planned = found.deletes_planned
        return pipeline

    def delete(self, store: ObjectStore, counts: PassCounts) -> None:
        """The last phase, only after everything before it went without a fault."""
        planned = self.recorder.tally.deletes_planned
        if not planned:
            return
        if reason := self.why_no_delete(complete=counts.complete):
            self.recorder.warn(f"nothing was deleted: {reason}")
            self.warn_of_name_conflicts(counts.deletes)
            return
        if counts.scanned == 0:
            objects = counted(counts.objects, "object exists", "objects exist", grouped=False)
            raise errors.DeleteRefusedError(
                f"the source holds no file, but {objects}; nothing was deleted",
                hint="check that the folder is mounted; to empty the prefix, delete its objects by hand",
            )
        if refusal := self.job.guard.refusal(planned, counts.objects):
            command = f'mochok sync --target-date {self.job.target_date} --only "{self.job.name}"'
            raise errors.DeleteRefusedError(
                f"{refusal}; nothing was deleted",
                hint=f"if that is intended, allow it for one run: {command} --allow-deletes {planned} "
                "(--dry-run lists what would be deleted)",
            )
        self.carry_out_deletes(store, counts.deletes)

    def warn_of_name_conflicts(self, deletes: Iterable[Delete]) -> None:
        failed = [failure.key for failure in self.recorder.failures]
        pairs = name_conflicts(failed, (item.key for item in deletes))
        for key, stale in islice(pairs, _CONFLICTS_REPORTED):
            self.recorder.warn(
                f"{key} may have failed because the bucket still holds {stale}, which has no local file: "
                "some servers cannot store both (delete that object by hand; the next run uploads the file)"
            )

    def why_no_delete(self, *, complete: bool) -> str:
        tally = self.recorder.tally
        if tally.failed:
            return f"{counted(tally.failed, 'file', grouped=False)} failed"
        if tally.left_out:
            count = counted(tally.left_out, "file or folder", "files or folders", grouped=False)
            return f"{count} could not be read"
        return "" if complete else "the run was interrupted"

    def carry_out_deletes(self, store: ObjectStore, deletes: Sequence[Delete]) -> None:
        gone: list[str] = []
        self.recorder.mark.begin()
        # A kill from here on must not leave rows of deleted objects trusted.
        self.ledger.set_listed(self.job.destination, None)
        for outcome in store.delete(deletes):
            self.recorder.deleted(outcome)
            if outcome.error is None:
                gone.append(outcome.delete.key)
        self.recorder.mark.settle()
        self.ledger.forget(self.job.destination, gone)

    def skipped(self, reason: str) -> SyncResult:
        """A missing day folder is a warning only on an expected day."""
        message = reason if self.job.expected else f"{reason}; none is expected on this day"
        self.recorder.notice("WARNING" if self.job.expected else "INFO", message)
        return self.result(Status.SKIPPED, message, errors.EXIT_SUCCESS, DayState.MISSING)

    def unfinished(self) -> DayState:
        return DayState.PARTIAL if self.recorder.tally.uploaded else DayState.FAILED

    def finished(self) -> SyncResult:
        self.ended, tally, message = True, self.recorder.tally, self.summary()
        if tally.failed:
            message = f"{tally.failed} failed, {message}"
            return self.result(Status.FAILURE, message, errors.EXIT_FAILURE, self.unfinished())
        if tally.left_out:
            message = f"{message}, {tally.left_out} skipped (unreadable)"
            return self.result(Status.SUCCESS, message, errors.EXIT_LEFT_OUT, DayState.PARTIAL)
        state = DayState.COMPLETE if tally.files_seen else DayState.EMPTY
        return self.result(Status.SUCCESS, message, errors.EXIT_SUCCESS, state)

    def summary(self) -> str:
        tally, would = self.recorder.tally, "would be " if self.job.dry_run else ""
        deleted = f", {tally.deleted} {would}deleted" if tally.deleted else ""
        days = self.job.paths.days
        dated_by_run = days != (self.job.target_date,) and len(days) == 1
        as_of = f", as of {days[0]}" if dated_by_run else ""
        up_to_date = tally.skipped.get(Reason.UP_TO_DATE, 0)
        return f"{tally.uploaded} {would}uploaded{deleted}, {up_to_date} up to date{as_of}"

    def result(
        self, status: Status, message: str, exit_code: int, day_state: DayState, hint: str = ""
    ) -> SyncResult:
        tally, days = self.recorder.tally, self.recorder.days
        missing = day_state is DayState.MISSING
        return SyncResult(
            name=self.job.name,
            status=status,
            message=message,
            target_date=self.job.target_date,
            days=self.job.paths.days,
            day_state=day_state,
            local_path=self.job.paths.source,
            s3_path=self.job.s3_path,
            tally=tally,
            duration_seconds=self.context.clock.monotonic_seconds() - self.started,
            dry_run=self.job.dry_run,
            failures=tuple(self.recorder.failures),
            warnings=tuple(self.recorder.warnings),
            hint=hint,
            exit_code=exit_code,
            day_results=() if missing else days.results(finished=self.ended, left_out=tally.left_out),
        )
