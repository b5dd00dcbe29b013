"""Everything that one configuration's run for one date needs, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Literal

from mochok.model import SyncPaths
from mochok.plan.compare import Compare
from mochok.plan.dating import day_rule
from mochok.plan.filters import FilterRule
from mochok.plan.planner import Rules
from mochok.plurals import counted
from mochok.scan import Symlinks
from mochok.storage.settings import OpenSettings


@dataclass(frozen=True, slots=True)
class DeleteGuard:
    """How much a delete phase may remove: percent of the objects below the prefix, and a count."""

    max_percent: float = 50
    max_objects: int = 1000

    def refusal(self, deletes: int, objects: int) -> str:
        """Why ``deletes`` of ``objects`` are too many, or ""."""
        of_all = f"{deletes} of {counted(objects, 'object', grouped=False)}"
        if deletes > self.max_objects:
            return f"{of_all} would be deleted, more than max_objects: {self.max_objects}"
        if deletes * 100 > self.max_percent * objects:
            share = deletes * 100 / objects
            return f"{of_all} ({share:.0f} %) would be deleted, more than max_percent: {self.max_percent:g}"
        return ""


@dataclass(frozen=True, slots=True)
class Job:
    """One configuration for one target date.

    ``destination`` identifies endpoint, bucket and prefix for the file ledger; ``s3_path`` is for people.
    ``opening`` opens its store. ``reconcile_every_days``: how old the last complete listing may be for the
    ledger to replace it; 0 lists every time. ``expected``: the target date is one of the expected days.
    """

    name: str
    target_date: date
    base_path: str
    paths: SyncPaths
    s3_path: str
    destination: str
    opening: OpenSettings
    compare: Compare = Compare.LEDGER
    filters: tuple[FilterRule, ...] = ()
    delete: bool = False
    guard: DeleteGuard = DeleteGuard()
    symlinks: Symlinks = "follow"
    missing_source: Literal["skip", "fail"] = "skip"
    ignore_case: bool = False
    zone: tzinfo | None = None
    dry_run: bool = False
    reconcile_every_days: int = 0
    expected: bool = True

    @property
    def prefix_bytes(self) -> int:
        """What the prefix takes of a key's 1,024 bytes."""
        return len(self.paths.prefix.encode()) + 1 if self.paths.prefix else 0

    def rules(self, doubtful_from_ns: int | None = None) -> Rules:
        """The rules that decide for this job. ``doubtful_from_ns`` as in ``Rules``."""
        days = day_rule(self.paths, self.zone)
        return Rules(self.compare, self.filters, self.ignore_case, days, self.delete, doubtful_from_ns)
