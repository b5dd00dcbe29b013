"""The last phase of a job with ``--delete``: may its objects be deleted, and their deletion."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mochok.errors import DeleteRefusedError
from mochok.model import Delete, LedgerEntry, Reason
from mochok.plan.compare import Compare
from mochok.plan.delete_guard import Planned, before, replaced, verdict
from mochok.plurals import counted
from mochok.records.deletes import FOLDER_OBJECTS, KEYS_KEPT, Baseline, Refusal
from mochok.run.context import JobContext
from mochok.run.disks import lost
from mochok.run.job import Job
from mochok.run.name_conflicts import name_conflicts
from mochok.run.pass_counts import PassCounts
from mochok.run.recorder import Recorder
from mochok.storage.contract import ObjectStore
from mochok.suggestions import listed

_CONFLICTS_REPORTED = 5
_KEYS_EXAMINED = 1000


class DeletePhase:
    """The delete phase of one job, and what it must know before the first upload."""

    def __init__(self, job: Job, context: JobContext, recorder: Recorder) -> None:
        self._job = job
        self._ledger = context.ledger
        self._safety = context.ledger.safety
        self._clock = context.clock
        self._disks = context.disks
        self._recorder = recorder
        self._memory = self._safety.memory(job.name, job.destination) if job.delete else None
        self._found = _KnownFiles()
        self._mounts: dict[str, int] = {}

    @property
    def watched(self) -> frozenset[str]:
        """The top-level folders that must not disappear as a whole."""
        folders = self._baseline.folders if self._baseline else ()
        known = frozenset(name for name, files in folders if files >= FOLDER_OBJECTS and "/" not in name)
        return known.union(self._found.gone_folders())  # one that was excluded in the last run is not known

    @property
    def accepted(self) -> int:
        """How many deletions a person accepted."""
        own = self._memory.own if self._memory else None
        return own.deletes if own is not None and own.accepted is not None else 0

    def check_source(self) -> None:
        """Raise DeleteRefusedError if the source as a whole looks replaced, before anything is uploaded."""
        if not self._job.delete or not _has_files(self._job.paths.source):  # that is reported at the end
            return
        self._mounts = self._disks.mounts_below(self._job.paths.source)
        found = self._found = self._known_files()
        missing = replaced(found.present, found.known, self._baseline, self._job.guard)
        if missing <= self.accepted:
            return
        reason = (
            f"{found.present} of {counted(found.known, 'uploaded file', grouped=False)} "
            f"still {'exists' if found.known == 1 else 'exist'} in "
            f"{self._job.paths.source}, which looks like another folder"
        )
        planned = Planned(missing, found.known, found.missing)
        raise self._refused(planned, f"{reason}; nothing was uploaded or deleted", reason)

    def run(self, store: ObjectStore, counts: PassCounts) -> None:
        """Delete what is planned, only after everything before it went without a fault.

        Raises DeleteRefusedError.
        """
        planned = self._recorder.tally.deletes_planned
        if counts.owners and not self._recorder.tally.failed:
            raise self._overlap(counts)
        if not planned:
            self._settle()
            return
        if reason := self._why_not(complete=counts.complete):
            self._recorder.warn(f"nothing was deleted: {reason}")
            self._warn_of_name_conflicts(counts.deletes)
            return
        if counts.scanned == 0:
            objects = counted(counts.objects, "object exists", "objects exist", grouped=False)
            raise DeleteRefusedError(
                f"the source holds no file, but {objects}; nothing was deleted",
                hint="check that the folder is mounted; the last objects of a source are never deleted by "
                "--delete: to empty the prefix, delete them by hand",
            )
        self._ask_guard(counts)
        self._carry_out(store, counts.deletes)

    def remember(self, counts: PassCounts) -> None:
        """The job ended without any problem: what the next deletions are compared with."""
        job, tally = self._job, self._recorder.tally
        mounts = self._disks.mounts_below(job.paths.source)
        if not job.delete or mounts != self._mounts:  # one was unmounted since its files were seen
            return
        new = sum(counts.tally.planned.get(reason, 0) for reason in (Reason.NEW, Reason.GONE))
        folders = {name: files for name, files in counts.folders.items() if files >= FOLDER_OBJECTS}
        folders |= self._files_of(mounts.keys() - folders.keys())
        baseline = Baseline(
            name=job.name,
            destination=job.destination,
            objects=counts.managed + new - tally.deleted,
            folders=tuple(sorted(folders.items())),
            mount=self._disks.mount_of(job.paths.source),
            mounts=tuple(sorted(mounts.items())),
        )
        if baseline != self._baseline:
            self._safety.set_baseline(baseline)

    def remember_new_mounts(self) -> None:
        """The job had a problem: add only the disks that came since, whose files it may have uploaded."""
        baseline = self._baseline
        if baseline is None:
            return
        new = self._mounts.keys() - dict(baseline.mounts).keys()
        if new:
            mounts = dict(baseline.mounts) | {name: self._mounts[name] for name in new}
            folders = dict(baseline.folders) | self._files_of(new)
            self._safety.set_baseline(
                replace(
                    baseline, mounts=tuple(sorted(mounts.items())), folders=tuple(sorted(folders.items()))
                )
            )

    def _files_of(self, folders: Iterable[str]) -> dict[str, int]:
        return {name: self._known_files(f"{name}/").present for name in folders}

    @property
    def _baseline(self) -> Baseline | None:
        return self._memory.baseline if self._memory else None

    def _known_files(self, below: str = "") -> _KnownFiles:
        """The files that the ledger has records of, and which of them still exist."""
        known, sample = self._safety.known_keys(self._job.destination, _KEYS_EXAMINED, below)
        rules, source = self._job.rules().compiled(), self._job.paths.source
        keys = [key for key in sample if rules.selects_key(key) and rules.manages(key, Reason.UP_TO_DATE)]
        missing = [key for key in keys if not os.path.lexists(os.path.join(source, *key.split("/")))]
        scale = known / len(sample) if sample else 0
        present = round((len(keys) - len(missing)) * scale)
        return _KnownFiles(round(len(keys) * scale), present, tuple(missing), tuple(keys))

    def _ask_guard(self, counts: PassCounts) -> None:
        planned = self._planned(counts)
        found = verdict(planned, self._memory, self._job.guard)
        if found.reason:
            for delete in counts.deletes if self._job.dry_run else ():
                self._recorder.would_delete(delete)
            raise self._refused(planned, f"{found.reason}; nothing was deleted", found.remember)

    def _planned(self, counts: PassCounts) -> Planned:
        keys = [delete.key for delete in counts.deletes]
        first = keys[:KEYS_KEPT]
        unknown = 0
        recorded = self._baseline is not None and self._found.known >= self._baseline.objects // 2
        if recorded and self._job.compare is Compare.LEDGER:
            unknown = len(first) - len(self._ledger.lookup(self._job.destination, first))
        deletes = self._recorder.tally.deletes_planned
        watched = [name for name in sorted(self.watched) if not counts.folders[name]]
        folders = watched if self._baseline else self._found.gone_folders()
        gone = tuple(name for name in folders if any(key.startswith(f"{name}/") for key in keys))
        objects = counts.managed if counts.managed_before is None else counts.managed_before
        return Planned(deletes, objects, first, gone, tuple(self._unmounted(keys)), unknown)

    def _unmounted(self, keys: Sequence[str]) -> Iterable[str]:
        """Folders with objects to delete whose disk is not mounted, or another one is."""
        if self._baseline is None:
            return
        source, files = self._job.paths.source, dict(self._baseline.folders)
        if lost(self._baseline.mount, self._disks.mount_of(source)):
            yield source
        now = self._disks.mounts_below(source)
        for name, device in self._baseline.mounts:
            deletes = sum(key.startswith(f"{name}/") for key in keys)
            # Some systems number disks anew when they start, so the number alone is no proof.
            too_many = deletes * 100 >= self._job.guard.max_percent * files.get(name, 0)
            if deletes and (name not in now or (now[name] != device and too_many)):
                yield name

    def _refused(self, planned: Planned, message: str, remember: str) -> DeleteRefusedError:
        """The error; ``remember``: the reason for the ledger, "" if the refusal is not remembered."""
        job, own = self._job, self._memory.own if self._memory else None
        if own is not None and own.accepted is not None:
            own = None
        if remember:
            refusal = Refusal(
                name=job.name,
                destination=job.destination,
                target_date=job.target_date,
                s3_path=job.s3_path,
                since=own.since if own is not None else self._clock.now(),
                deletes=planned.deletes,
                objects=before(planned, self._baseline),
                reason=remember,
                keys=tuple(planned.keys[:KEYS_KEPT]),
                folders=planned.folders,
            )
            self._safety.remember(refusal)
        several = self._memory is not None and any(other.accepted is None for other in self._memory.others)
        day = f" --day {job.target_date}" if several else ""
        accept = f'mochok accept-deletes "{job.name}"{day}, or ' if self._memory is not None else ""
        lists = " (--list shows them)" if accept else ""
        allow = f'mochok sync --target-date {job.target_date} --only "{job.name}"'
        return DeleteRefusedError(
            message,
            hint="check that the source is complete and its disks are mounted; once its files are back, "
            f"deletions go on. If they are intended, run {accept}{allow} --allow-deletes {planned.deletes}"
            f"{lists}",
        )

    def _settle(self) -> None:
        """Nothing of a refusal is left to be deleted, or it was accepted and carried out.

        It remains as long as some of its objects are excluded, which may be for this run only.
        """
        own = self._memory.own if self._memory else None
        if own is None:
            return
        if own.accepted is not None or all(map(self._job.rules().compiled().selects_key, own.keys)):
            self._safety.settle(self._job.destination)

    def _overlap(self, counts: PassCounts) -> DeleteRefusedError:
        names = listed(repr(name) for name in sorted(counts.owners))
        objects = counted(counts.owners.total(), "object", grouped=False)
        below = any(one.pattern for one in self._job.protected if one.name in counts.owners)
        where = "is below" if below else "is also"
        exclude = ", --exclude that folder here" if below else ""
        return DeleteRefusedError(
            f"--delete would delete {objects} of the configuration {names}, "
            f"whose destination {where} {self._job.s3_path}; nothing was deleted",
            hint=f"give each configuration its own s3_path_structure{exclude}, or remove a configuration "
            "that is not used any more",
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
        self._recorder.begin_changes()
        # A kill from here on must not leave rows of deleted objects trusted, nor for files that come back.
        self._ledger.record(self._job.destination, [LedgerEntry.begun(delete.key) for delete in deletes])
        self._ledger.forget_listings(self._job.destination)
        for outcome in store.delete(deletes):
            self._recorder.deleted(outcome)
            if outcome.error is None:
                gone.append(outcome.delete.key)
        self._recorder.mark.settle()
        self._ledger.forget_deleted(self._job.destination, gone)
        if len(gone) == self._recorder.tally.deletes_planned:
            self._settle()


def _has_files(source: str) -> bool:
    return any(files for _folder, _folders, files in os.walk(source))


@dataclass(frozen=True, slots=True)
class _KnownFiles:
    """How many files were uploaded and how many of them are still ``present``, estimated from the keys of a
    ``sample``, of which ``missing`` are gone.
    """

    known: int = 0
    present: int = 0
    missing: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()

    def gone_folders(self) -> list[str]:
        """The top-level folders without any of their files, where no run without a problem is known."""
        known, missing = (
            Counter(key.partition("/")[0] for key in keys if "/" in key)
            for keys in (self.sample, self.missing)
        )
        return sorted(name for name, files in known.items() if files == missing[name] >= FOLDER_OBJECTS)
