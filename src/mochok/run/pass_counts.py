"""The counts of one pass over a job, and which uploads wait until the order of the listing is certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mochok.model import Delete, LeftOut, Reason, Tally, Upload
from mochok.plan.planner import ShardPlan
from mochok.records.deletes import FOLDER_OBJECTS


class PassCounts:
    """The counts of a pass, which grow while it goes on; ``deletes`` stops growing one past ``most_deletes``.

    ``scanned`` counts files, ``known`` those with an entry in the ledger, ``objects`` those below the prefix,
    ``left_out`` unreadable names; ``managed`` and ``owners`` as in ``ShardPlan``. ``managed_before``:
    ``managed`` before the first upload of the run, if that was an earlier pass. ``folders`` counts the files
    in each top-level folder that is ``watched`` or has at least ``FOLDER_OBJECTS`` of them.
    """

    def __init__(self, most_deletes: int, watched: frozenset[str] = frozenset()) -> None:
        self.tally = Tally()
        self.deletes: list[Delete] = []
        self.left_out = 0
        self.scanned = self.known = 0
        self.objects = 0
        self.managed = 0
        self.managed_before: int | None = None
        self.owners: Counter[str] = Counter()
        self.complete = False
        self.current_key = ""
        self.folders: Counter[str] = Counter()
        self._folder = ""
        self._watched = watched
        self._most_deletes = most_deletes
        self._object_skips: Counter[Reason] = Counter()

    def add(self, plan: ShardPlan) -> None:
        """Count a shard's plan; its uploads count when they are admitted."""
        tally = self.tally
        self.objects += plan.objects
        self.managed += plan.managed
        self.owners.update(plan.owners)
        if plan.folders:
            self._add_folders(plan.folders)
        tally.files_seen += plan.files_up_to_date
        tally.bytes_seen += plan.bytes_up_to_date
        tally.deletes_planned += len(plan.deletes)
        self.deletes += plan.deletes[: max(self._most_deletes + 1 - len(self.deletes), 0)]
        object_skips = Counter(skip.reason for skip in plan.object_skips)
        self._object_skips += object_skips
        for counts in (Counter(skip.reason for skip in plan.skips), object_skips):
            for reason, count in counts.items():
                tally.skipped[reason] = tally.skipped.get(reason, 0) + count

    def _add_folders(self, folders: Counter[str]) -> None:
        """The files of a folder come one after the other, so a small one is forgotten when it is complete."""
        self.folders.update(folders)
        previous, self._folder = self._folder, next(reversed(folders))
        for name in {previous, *folders} - {self._folder} - self._watched:
            if self.folders[name] < FOLDER_OBJECTS:
                del self.folders[name]

    def upload_planned(self, upload: Upload) -> None:
        """``upload`` is about to start."""
        tally, size_bytes = self.tally, upload.file.size_bytes
        self.current_key = upload.file.key
        tally.files_seen += 1
        tally.bytes_seen += size_bytes
        tally.uploads_planned += 1
        tally.bytes_planned += size_bytes
        tally.planned[upload.reason] = tally.planned.get(upload.reason, 0) + 1

    def leave_out(self, left_out: LeftOut) -> None:
        """A name takes no part."""
        if not left_out.passed_over:
            self.left_out += 1
            self.tally.left_out += 1

    def begin_again(self) -> None:
        """Take back what a pass through a map finds again; what is decided of files stays counted."""
        tally = self.tally
        self.deletes.clear()
        self.owners.clear()
        tally.deletes_planned = self.objects = self.managed = self.scanned = self.known = 0
        tally.left_out -= self.left_out
        self.left_out = 0
        for reason, count in self._object_skips.items():
            tally.skipped[reason] -= count
        self._object_skips.clear()


class HeldBack:
    """Uploads of files that the listing did not show.

    They wait until the next range is listed in order: a server with another key order may show them there.
    """

    def __init__(self) -> None:
        self._before: list[Upload] = []
        self._now: list[Upload] = []

    def add(self, uploads: Iterable[Upload]) -> None:
        """The listing of the range that is being planned did not show these."""
        self._now += uploads

    def release(self, *, everything: bool) -> list[Upload]:
        """A range ends: the uploads that may start, which are those of earlier ranges, or ``everything``."""
        ready, later = self._before, self._now
        self._before, self._now = ([], []) if everything else (later, [])
        return ready + later if everything else ready
