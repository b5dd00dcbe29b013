"""Is the source the one of the last run? A disk that is not mounted must not pass for a day without files."""

from __future__ import annotations

import os

from mochok.errors import SourceError
from mochok.records.deletes import KnownSource
from mochok.run.context import JobContext
from mochok.run.disks import lost
from mochok.run.job import Job

_HINT = "mount its disk and run again; if that is intended, set empty_source: ok for this configuration"
_BY_HAND = " and delete its objects by hand, as --delete never empties a prefix"


class SourceMemory:
    """Compares the base path of a job with that of the last run without a problem."""

    def __init__(self, job: Job, context: JobContext) -> None:
        self._job = job
        self._safety = context.ledger.safety
        self._disks = context.disks
        self._whole = os.path.normpath(job.paths.source) == os.path.normpath(job.base_path)
        self._known = self._safety.source(job.name, job.base_path)

    def check_disk(self) -> None:
        """Raise SourceError if the disk of the base path is not mounted any more."""
        known, now = self._known, self._disks.mount_of(self._job.base_path)
        if known is not None and self._fails and lost(known.mount, now):
            disks = f"was on the disk mounted at {known.mount} and is now on that mounted at {now}"
            raise SourceError(f"{self._job.base_path} {disks}; nothing was uploaded", hint=_HINT)

    def check_folders(self) -> None:
        """The folder of an expected day does not exist: raise SourceError if no day has a folder any more.

        A day that is complete may have been cleaned up after its upload.
        """
        if self._known is None or not self._known.files or not (self._fails and self._job.expected):
            return
        if self._safety.are_complete(self._job.identity, self._job.paths.days):
            return
        with os.scandir(self._job.base_path) as entries:
            if any(entry.is_dir() for entry in entries):
                return
        raise SourceError(
            f"{self._job.base_path} has no folders, and had files in an earlier run",
            hint=_HINT,
        )

    def check_files(self, scanned: int) -> None:
        """Raise SourceError if the whole source had files and has none."""
        if self._whole and not scanned and self._known is not None and self._known.files and self._fails:
            raise SourceError(
                f"the source {self._job.base_path} has no files, and had {self._known.files} in the last run "
                "without a problem; nothing was deleted",
                hint=f"{_HINT}{_BY_HAND if self._job.delete else ''}",
            )

    def remember(self, scanned: int) -> None:
        """The job ended without any problem. A day without files says nothing about the other days."""
        before = self._known.files if self._known else 0
        files = scanned if self._whole else scanned or before
        mount = self._disks.mount_of(self._job.base_path)
        source = KnownSource(self._job.name, self._job.base_path, files, mount)
        if source != self._known:
            self._safety.set_source(source)

    @property
    def _fails(self) -> bool:
        return self._job.empty_source == "fail"
