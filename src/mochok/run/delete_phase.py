"""The last phase of a job with ``--delete``: may its objects be deleted, and their deletion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from mochok.errors import DeleteRefusedError
from mochok.model import Delete
from mochok.plurals import counted
from mochok.run.context import JobContext
from mochok.run.job import Job
from mochok.run.name_conflicts import name_conflicts
from mochok.run.pass_counts import PassCounts
from mochok.run.recorder import Recorder
from mochok.storage.contract import ObjectStore
from mochok.suggestions import listed

_CONFLICTS_REPORTED = 5


class DeletePhase:
    """The delete phase of one job."""

    def __init__(self, job: Job, context: JobContext, recorder: Recorder) -> None:
        self._job = job
        self._ledger = context.ledger
        self._recorder = recorder

    def run(self, store: ObjectStore, counts: PassCounts) -> None:
        """Delete what is planned, only after everything before it went without a fault.

        Raises DeleteRefusedError.
        """
        planned = self._recorder.tally.deletes_planned
        if counts.owners and not self._recorder.tally.failed:
            raise self._overlap(counts)
        if not planned:
            return
        if reason := self._why_not(complete=counts.complete):
            self._recorder.warn(f"nothing was deleted: {reason}")
            self._warn_of_name_conflicts(counts.deletes)
            return
        if counts.scanned == 0:
            objects = counted(counts.objects, "object exists", "objects exist", grouped=False)
            raise DeleteRefusedError(
                f"the source holds no file, but {objects}; nothing was deleted",
                hint="check that the folder is mounted; to empty the prefix, delete its objects by hand",
            )
        if refusal := self._job.guard.refusal(planned, counts.managed):
            command = f'mochok sync --target-date {self._job.target_date} --only "{self._job.name}"'
            raise DeleteRefusedError(
                f"{refusal}; nothing was deleted",
                hint=f"if that is intended, allow it for one run: {command} --allow-deletes {planned} "
                "(--dry-run lists what would be deleted)",
            )
        self._carry_out(store, counts.deletes)

    def _overlap(self, counts: PassCounts) -> DeleteRefusedError:
        names = listed(repr(name) for name in sorted(counts.owners))
        objects = counted(counts.owners.total(), "object", grouped=False)
        return DeleteRefusedError(
            f"--delete would delete {objects} of the configuration {names}, "
            f"whose destination is below {self._job.s3_path}; nothing was deleted",
            hint="give each configuration its own s3_path_structure, or --exclude that folder here",
        )

    def _why_not(self, *, complete: bool) -> str:
        tally = self._recorder.tally
        if tally.failed:
            return f"{counted(tally.failed, 'file', grouped=False)} failed"
        if tally.left_out:
            count = counted(tally.left_out, "file or folder", "files or folders", grouped=False)
            return f"{count} could not be read"
        return "" if complete else "the run was interrupted"

    def _warn_of_name_conflicts(self, deletes: Iterable[Delete]) -> None:
        failed = [failure.key for failure in self._recorder.failures]
        pairs = name_conflicts(failed, (item.key for item in deletes))
        for key, stale in islice(pairs, _CONFLICTS_REPORTED):
            self._recorder.warn(
                f"{key} may have failed because the bucket still holds {stale}, which has no local file: "
                "some servers cannot store both (delete that object by hand; the next run uploads the file)"
            )

    def _carry_out(self, store: ObjectStore, deletes: Sequence[Delete]) -> None:
        gone: list[str] = []
        self._recorder.mark.begin()
        # A kill from here on must not leave rows of deleted objects trusted.
        self._ledger.set_listed(self._job.destination, None)
        for outcome in store.delete(deletes):
            self._recorder.deleted(outcome)
            if outcome.error is None:
                gone.append(outcome.delete.key)
        self._recorder.mark.settle()
        self._ledger.forget(self._job.destination, gone)
