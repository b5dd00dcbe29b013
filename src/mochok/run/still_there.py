"""Are the objects that were uploaded for a day still in the bucket, as they were uploaded?

A file that is still local is compared by the plan, and uploaded again. What is left are files that are gone
since their upload: the ledger's rows are counted, and only if there are more than files are their names
looked up, and the bucket is listed once more for those that belong to the job.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from mochok.model import KeyRange, LedgerEntry, SourceFile
from mochok.plurals import counted
from mochok.run.context import JobContext
from mochok.run.job import Job
from mochok.storage.contract import ObjectStore

ROWS_A_QUERY = 1000
MOST_KEYS = 100_000
"""How many files that are gone are looked for in the bucket; they are in memory."""


class UploadedObjects:
    """The objects of a job that its ledger has rows of."""

    def __init__(self, job: Job, context: JobContext) -> None:
        self._job = job
        self._rules = job.rules().compiled()
        self._ledger = context.ledger
        self.keys: Sequence[str] = ()
        self.by_day: Counter[date] = Counter()
        self._gone = self._changed = 0
        self._rows = self._ledger.count(job.destination) if self._concerned else 0

    @property
    def _concerned(self) -> bool:
        """A source without days of its own is complete as it is today, and with --delete objects go too."""
        return self._job.not_over_from is not None and not self._job.delete

    @property
    def message(self) -> str:
        """Such as "3 objects that were uploaded are gone from the bucket"; "" if all are as uploaded."""
        what = "object that was uploaded is", "objects that were uploaded are"
        gone = f"{counted(self._gone, *what, grouped=False)} gone from the bucket" if self._gone else ""
        changed = (
            f"{counted(self._changed, *what, grouped=False)} changed in the bucket" if self._changed else ""
        )
        return ", ".join(filter(None, (gone, changed)))

    def check(self, store: ObjectStore, rows_of_files: int) -> None:
        """Compare with a listing; ``rows_of_files``: how many of the rows have a local file."""
        if not self._concerned or self._rows == rows_of_files:
            return
        left = {entry.key: entry for entry in self._without_file()}
        if not left:
            return
        self._gone = len(left)
        for remote in store.list(KeyRange()):
            if (entry := left.get(remote.key)) is not None:
                self._gone -= 1
                if entry.etag == remote.etag:
                    del left[remote.key]
        self._changed = len(left) - self._gone
        self.keys = tuple(left)
        self.by_day.update(day for entry in left.values() for day in self._days_of(entry))

    def _without_file(self) -> Iterator[LedgerEntry]:
        """The rows of the job's days whose file is gone, ``MOST_KEYS`` at most."""
        selects, source = self._rules.selects_key, self._job.paths.source
        after, found = "", 0
        while (
            rows := self._ledger.entries(self._job.destination, after, ROWS_A_QUERY)
        ) and found < MOST_KEYS:
            after = rows[-1].key
            for entry in rows:
                if selects(entry.key) and self._days_of(entry) and not _exists(source, entry.key):
                    found += 1
                    yield entry

    def _days_of(self, entry: LedgerEntry) -> tuple[date, ...]:
        """Those of the job's days to which a file belonged."""
        if self._rules.day_of is None:
            return self._job.paths.days
        day = self._rules.day_of(SourceFile(entry.key, "", entry.size_bytes, entry.mtime_ns))
        return (day,) if day in self._job.paths.days else ()


def _exists(source: str, key: str) -> bool:
    return os.path.lexists(os.path.join(source, *key.split("/")))
