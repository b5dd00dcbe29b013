"""Everything that one configuration's run for one date needs, as values and one factory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from mochok.model import DateWindow, Reason, SourceFile, SyncPaths
from mochok.plan.compare import Compare
from mochok.plan.filters import FilterRule, selector
from mochok.plan.planner import Rules
from mochok.scan import Symlinks
from mochok.storage.contract import ObjectStore
from mochok.strategies.dotnet_dates import compile_format

Notify = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class DeleteGuard:
    """How much a delete phase may remove: percent of the objects below the prefix, and a count."""

    max_percent: float = 50
    max_objects: int = 1000

    def refusal(self, deletes: int, objects: int) -> str:
        """Why ``deletes`` of ``objects`` are too many, or ""."""
        if deletes > self.max_objects:
            return (
                f"{deletes} of {objects} objects would be deleted, more than max_objects: {self.max_objects}"
            )
        if deletes * 100 > self.max_percent * objects:
            share = deletes * 100 / objects
            return (
                f"{deletes} of {objects} objects ({share:.0f} %) would be deleted, "
                f"more than max_percent: {self.max_percent:g}"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Job:
    """One configuration for one target date.

    ``destination`` identifies endpoint, bucket and prefix for the file ledger; ``s3_path`` is for people.
    ``open_store`` finds the bucket and may take seconds; it receives a function for notices (level, message).
    ``reconcile_every_days``: how old the last complete listing may be for the ledger to stand in for it; 0
    lists every time. ``expected``: the target date is one of the days that should exist.
    """

    name: str
    target_date: date
    base_path: str
    paths: SyncPaths
    s3_path: str
    destination: str
    open_store: Callable[[Notify], ObjectStore]
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

    def rules(self) -> Rules:
        """The pure rules that decide for this job."""
        selects = selector(self.filters, ignore_case=self.ignore_case)
        in_dates = _date_test(self.paths, self.zone)
        if not self.filters and in_dates is _any_date:  # a million calls saved on a large tree
            return Rules(self.compare, lambda _file: None, selects, self.delete)

        def takes_part(file: SourceFile) -> Reason | None:
            if not selects(file.key):
                return Reason.EXCLUDED
            return None if in_dates(file) else Reason.OUTSIDE_DATES

        return Rules(self.compare, takes_part, selects, self.delete)


def _date_test(paths: SyncPaths, zone: tzinfo | None) -> Callable[[SourceFile], bool]:
    if paths.modified_days is not None:
        first_ns, end_ns = _nanoseconds(paths.modified_days, zone)
        return lambda file: first_ns <= file.mtime_ns < end_ns
    if paths.path_days is not None:
        return _path_test(paths.path_days, paths.path_day_format)
    return _any_date


def _any_date(_file: SourceFile) -> bool:
    return True


def _nanoseconds(window: DateWindow, zone: tzinfo | None) -> tuple[int, int]:
    """The window's first moment and the one after its last, in the zone's own calendar."""
    return tuple(  # type: ignore[return-value] # exactly two
        int(_midnight(day, zone).timestamp()) * 1_000_000_000
        for day in (window.first, window.last + timedelta(days=1))
    )


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    start = datetime.combine(day, time(), tzinfo=zone)
    return start if zone else start.astimezone()


def _path_test(window: DateWindow, pattern: str) -> Callable[[SourceFile], bool]:
    day_format = compile_format(pattern)
    known: dict[str, bool] = {}

    def inside(file: SourceFile) -> bool:
        folder = file.key.rpartition("/")[0]
        if folder not in known:
            days = (day_format.parse(part) for part in folder.split("/"))
            known.clear()  # files come folder by folder: one entry is enough
            known[folder] = any(day is not None and day in window for day in days)
        return known[folder]

    return inside
