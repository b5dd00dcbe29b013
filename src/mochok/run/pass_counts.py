"""The counts of one pass over a job, and which uploads wait until the order of the listing is certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mochok.model import Delete, LeftOut, Reason, Tally, Upload
from mochok.plan.planner import ShardPlan


class PassCounts:
    """The counts of a pass, which grow while it goes on; ``deletes`` stops growing one past ``most_deletes``.

    ``scanned`` counts files, ``objects`` those below the prefix, ``left_out`` unreadable names.
    """

    def __init__(self, most_deletes: int) -> None:
        self.tally = Tally()
        self.deletes: list[Delete] = []
        self.left_out = 0
        self.scanned = 0
        self.objects = 0
        self.complete = False
        self.current_key = ""
        self._most_deletes = most_deletes
        self._object_skips: Counter[Reason] = Counter()

    def add(self, plan: ShardPlan) -> None:
        """Count a shard's plan; its uploads count when they are admitted."""
        tally = self.tally
        self.objects += plan.objects
        tally.files_seen += plan.files_up_to_date
        tally.bytes_seen += plan.bytes_up_to_date
        tally.deletes_planned += len(plan.deletes)
        self.deletes += plan.deletes[: max(self._most_deletes + 1 - len(self.deletes), 0)]
        object_skips = Counter(skip.reason for skip in plan.object_skips)
        self._object_skips += object_skips
        for counts in (Counter(skip.reason for skip in plan.skips), object_skips):
            for reason, count in counts.items():
                tally.skipped[reason] = tally.skipped.get(reason, 0) + count

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
        tally.deletes_planned = self.objects = self.scanned = 0
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
