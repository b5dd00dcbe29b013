"""One configuration for one date, from its source folder to its result."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime

from mochok import errors
from mochok.model import GONE_WHILE_OPEN, BucketId, DayResult, DayState, Reason, Status, SyncResult
from mochok.plan.compare import Compare
from mochok.plurals import counted
from mochok.run.context import JobContext
from mochok.run.delete_phase import DeletePhase
from mochok.run.in_flight import RECHECKS
from mochok.run.job import Job
from mochok.run.pass_counts import PassCounts
from mochok.run.pipeline import Pass, Pipeline
from mochok.run.recorder import Recorder
from mochok.run.source_memory import SourceMemory
from mochok.run.source_watch import SourceWatch
from mochok.run.still_there import UploadedObjects
from mochok.scan import check_source
from mochok.state.dryrun import DryRunLedger
from mochok.storage.contract import ObjectStore
from mochok.suggestions import listed


class Synchronization:
    """One job while it runs."""

    def __init__(self, job: Job, context: JobContext) -> None:
        if job.dry_run:
            context = replace(context, ledger=DryRunLedger(context.ledger))
        self.job = job
        self.context = context
        self.ledger = context.ledger
        self.recorder = Recorder(job, context)
        self.ended = self.found = False
        self.listed: date | None = None
        self.started = context.clock.monotonic_seconds()
        self.failed_before = self.ledger.safety.not_arrived(job.identity, job.paths.days)
        self.source = SourceMemory(job, context)
        self.objects = UploadedObjects(job, context)
        self.deletes = DeletePhase(job, context, self.recorder)

    def run(self) -> SyncResult:
        """The job's result; every ``MochokError`` becomes one, nothing else is caught."""
        try:
            if missing := self.missing_source():
                return self.skipped(missing)
            self.deletes.check_source()
            watch = SourceWatch(self.job.paths.source)
            store = self.open_store()
            try:
                self.move(store, watch, trust_ledger=self.listing_is_fresh(store.bucket))
            except errors.BucketMissingError:
                self.ledger.forget_bucket(store.bucket.place)
                raise
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
        self.source.check_disk()
        if os.path.isdir(source):
            self.found = self.job.begins_history
            self.job.opening.source.check()
            return ""
        check_source(self.job.base_path)
        if os.path.lexists(source) or self.job.missing_source == "fail":
            check_source(source)
        self.source.check_folders()
        return f"the source folder {source} does not exist"

    def open_store(self) -> ObjectStore:
        return self.context.open_store(self.job.opening, self.recorder.notice)

    def listing_is_fresh(self, bucket: BucketId) -> bool:
        """True if the ledger may replace the listing.

        Opening the store has shown that the bucket exists; one that did not is not trusted any more.
        """
        if self.recorder.mark.since_ns is not None:
            return False
        listed, now = self.ledger.listed(self.job.destination, bucket), self.context.clock.now()
        if listed is None or not self.job.relies_on(listed, now):
            return False
        self.listed = listed.astimezone(now.tzinfo).date()
        return True

    def move(self, store: ObjectStore, watch: SourceWatch, *, trust_ledger: bool) -> None:
        """Upload what is missing, re-check after an interrupted run, then delete."""
        first = pipeline = self.pipeline(store, self.first_pass(trust_ledger=trust_ledger))
        self.recorder.tally = pipeline.counts.tally
        listing_began = self.context.clock.now()
        self.recorder.settling.begin(listing_began)
        self.send(store, pipeline)
        if self.recorder.mark.since_ns is not None and not self.job.dry_run:
            pipeline = self.recheck(store, pipeline.counts.managed)
        watch.check(left_out=self.recorder.tally.left_out)
        self.source.check_files(pipeline.counts.scanned)
        if not trust_ledger:
            self.objects.check(store, first.counts.known)
        if self.job.delete:
            self.deletes.run(store, pipeline.counts)
        self.remember(pipeline.counts)
        if self.objects.keys:  # the ledger still has them, so no later run may rely on it alone
            self.ledger.forget_listings(self.job.destination)
        elif not trust_ledger and self.job.compare is Compare.LEDGER:
            self.ledger.set_listed(self.job.destination, store.bucket, listing_began)

    def remember(self, counts: PassCounts) -> None:
        """What later runs are compared with, if nothing was wrong with this one."""
        tally = self.recorder.tally
        if counts.complete and not (tally.failed or tally.left_out):
            self.source.remember(counts.scanned)
            self.deletes.remember(counts)
        else:
            self.deletes.remember_new_mounts()

    def first_pass(self, *, trust_ledger: bool) -> Pass:
        return Pass(trust_ledger, accepted=self.deletes.accepted, folders=self.deletes.watched)

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

    def recheck(self, store: ObjectStore, managed_before: int) -> Pipeline:
        """Upload again what an interrupted run still changed (see ``in_flight.py``); the last pass.

        ``managed_before``: how many objects could be deleted before the first upload of this run.
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
            came = pipeline.counts.managed - recorder.tally.uploaded  # with what came late, which may go too
            pipeline.counts.managed_before = max(managed_before, came)
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
        pipeline = self.pipeline(store, replace(self.first_pass(trust_ledger=False), recheck=True))
        self.send(store, pipeline)
        found, tally = pipeline.counts.tally, self.recorder.tally
        tally.left_out = max(tally.left_out, found.left_out)
        tally.deletes_planned = found.deletes_planned
        return pipeline

    def skipped(self, reason: str) -> SyncResult:
        """A missing day folder is a warning only on an expected day, and none if it was uploaded before."""
        if self.job.rechecks:
            self.recorder.notice("INFO", f"an open day cannot be checked again: {reason}")
            found = self.result(Status.SKIPPED, GONE_WHILE_OPEN, errors.EXIT_SUCCESS, DayState.MISSING)
            return replace(found, expected=False)
        message = reason if self.job.expected else f"{reason}; none is expected on this day"
        self.recorder.notice("WARNING" if self.job.expected else "INFO", message)
        return self.result(Status.SKIPPED, message, errors.EXIT_SUCCESS, DayState.MISSING)

    def unfinished(self) -> DayState:
        return DayState.PARTIAL if self.recorder.tally.uploaded else DayState.FAILED

    def finished(self) -> SyncResult:
        self.ended, tally, message = True, self.recorder.tally, self.summary()
        self.warn_of_future()
        lost = self.lost_files()
        if tally.failed:
            message = f"{tally.failed} failed, {message}"
            return self.result(Status.FAILURE, message, errors.EXIT_FAILURE, self.unfinished())
        if tally.left_out:
            message = f"{message}, {tally.left_out} skipped (unreadable)"
            return self.result(Status.SUCCESS, message, errors.EXIT_LEFT_OUT, DayState.PARTIAL)
        if objects := self.objects.message:
            self.recorder.warn(f"{objects}, so the day is not complete: {listed(self.objects.keys)}")
            message = f"{message}, {objects}"
            return self.result(Status.SUCCESS, message, errors.EXIT_LEFT_OUT, DayState.PARTIAL)
        if lost:
            names = listed(sorted({key for _day, key in lost}))
            self.recorder.warn(
                f"failed in an earlier run and gone since, so the day is not complete: {names} "
                "(restore them, or exclude them with --exclude)"
            )
            message = f"{message}, {len(lost)} never arrived"
            return self.result(Status.SUCCESS, message, errors.EXIT_LEFT_OUT, DayState.PARTIAL)
        state = DayState.COMPLETE if tally.files_seen else DayState.EMPTY
        if state is DayState.COMPLETE and (reasons := self.reasons_to_stay_open()):
            state, message = DayState.OPEN, "; ".join((message, *reasons))
        return self.result(Status.SUCCESS, message, errors.EXIT_SUCCESS, state)

    def reasons_to_stay_open(self) -> list[str]:
        """Why more files may come, or those that were uploaded may change."""
        reasons = []
        if (last := self.job.open_until) is not None:
            reasons.append(f"more files may come until {last}")
        elif self.is_not_over(max(self.job.paths.days)):
            reasons.append("the day is not over")
        settling, now = self.recorder.settling, self.context.clock.now()
        if not settling.is_settled(None):
            reasons.append(settling.reason(now))
        return reasons

    def is_not_over(self, day: date) -> bool:
        """Whether ``day`` is not over, so that more files may come."""
        return self.job.not_over_from is not None and day >= self.job.not_over_from

    def warn_of_future(self) -> None:
        """Once for a configuration: a time in the future keeps a day open until it has passed."""
        warned, name = self.context.warned_of_future, self.job.name
        future = self.recorder.settling.future(self.context.clock.now())
        if future and name not in warned:
            warned.add(name)
            self.recorder.warn(
                f"{future}, so the day stays open (correct it with touch, or set settle_minutes: 0)"
            )

    def lost_files(self) -> list[tuple[date, str]]:
        """Files of these days that failed in an earlier run and are gone, each with its day."""
        selects, source = self.job.rules().compiled().selects_key, self.job.paths.source
        lost = [
            (day, key)
            for day, key in self.failed_before
            if selects(key) and not os.path.lexists(os.path.join(source, *key.split("/")))
        ]
        self.recorder.not_arrived.update(lost)
        for day, _key in lost:
            self.recorder.days.lost(day)
        return lost

    def day_results(self) -> tuple[DayResult, ...]:
        """The result of each day where files have days; one that is not over, or changes, is open."""
        for day in self.objects.by_day.elements():
            self.recorder.days.lost(day)
        found = self.recorder.days.results(finished=self.ended, left_out=self.recorder.tally.left_out)
        return tuple(
            replace(result, state=DayState.OPEN)
            if result.state is DayState.COMPLETE
            and (self.is_not_over(result.day) or not self.recorder.settling.is_settled(result.day))
            else result
            for result in found
        )

    def settles_before(self, state: DayState) -> datetime | None:
        """Open days that were checked before this moment hold the folder that this run uploaded.

        Only if it is settled now: what still changes may have been half-written on those days too.
        """
        clean = self.job.dated_by_run and state is DayState.COMPLETE
        return self.recorder.settling.last_settled if clean else None

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
        tally, not_arrived = self.recorder.tally, self.recorder.not_arrived
        if not self.ended:
            not_arrived = not_arrived.union(self.failed_before)
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
            expected=self.job.expected,
            day_results=() if missing else self.day_results(),
            not_arrived=tuple(sorted(not_arrived)),
            settles_before=self.settles_before(day_state),
            found=self.found,
            objects_lost=len(self.objects.keys),
            listed=self.listed if tally.skipped.get(Reason.UP_TO_DATE) else None,
        )
