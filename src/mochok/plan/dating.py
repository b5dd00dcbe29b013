"""The data day of a file, where a job covers several days and each file belongs to one of them. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from mochok.clock import days_between
from mochok.model import DateWindow, DayResult, DayState, SourceFile, SyncPaths
from mochok.strategies.dotnet_dates import compile_format

DayOf = Callable[[SourceFile], date | None]
"""The data day of a file, None if it belongs to none of those that the job covers."""


class ByModification(NamedTuple):
    """A file belongs to the day of its mtime. ``midnights_ns``: when each day begins, and the last ends."""

    days: tuple[date, ...]
    midnights_ns: tuple[int, ...]

    def compiled(self) -> DayOf:
        """The function that finds a file's day."""
        days, midnights_ns = self

        def day_of(file: SourceFile) -> date | None:
            number = bisect_right(midnights_ns, file.mtime_ns) - 1
            return days[number] if 0 <= number < len(days) else None

        return day_of


class ByFolder(NamedTuple):
    """A file belongs to the day of the first folder above it whose name parses with ``pattern``."""

    window: DateWindow
    pattern: str

    def compiled(self) -> DayOf:
        """The function that finds a file's day."""
        window, day_format = self.window, compile_format(self.pattern)

        @lru_cache(maxsize=16)  # files come folder by folder
        def day_of_folder(folder: str) -> date | None:
            days = (day_format.parse(part) for part in folder.split("/"))
            return next((day for day in days if day is not None and day in window), None)

        return lambda file: day_of_folder(file.key.rpartition("/")[0])


DayRule = ByModification | ByFolder


def day_rule(paths: SyncPaths, zone: tzinfo | None) -> DayRule | None:
    """How files are assigned to days, by the calendar of ``zone``; None if each belongs to all days."""
    if paths.modified_days is not None:
        window = paths.modified_days
        days = tuple(days_between(window.first, window.last))
        ends = (*days, window.last + timedelta(days=1))
        return ByModification(days, tuple(_midnight_ns(day, zone) for day in ends))
    if paths.path_days is not None:
        return ByFolder(paths.path_days, paths.path_day_format)
    return None


def day_finder(paths: SyncPaths, zone: tzinfo | None) -> DayOf | None:
    """The rule of :func:`day_rule`, ready for use."""
    rule = day_rule(paths, zone)
    return rule.compiled() if rule is not None else None


def _midnight_ns(day: date, zone: tzinfo | None) -> int:
    """The day's first moment in the zone's own calendar: days on which clocks change are not 24 h long."""
    start = datetime.combine(day, time(), tzinfo=zone)
    return int((start if zone else start.astimezone()).timestamp()) * 1_000_000_000


@dataclass(slots=True)
class DayCount:
    """What a source holds of one day, and what became of it; the fields of ``DayResult``."""

    files: int = 0
    bytes: int = 0
    planned: int = 0
    uploaded: int = 0
    left_out: int = 0
    uploaded_new: int = 0

    def add(self, other: DayCount) -> None:
        """Count what ``other`` counted too."""
        self.files += other.files
        self.bytes += other.bytes
        self.planned += other.planned
        self.uploaded += other.uploaded
        self.left_out += other.left_out
        self.uploaded_new += other.uploaded_new


class DayCounts:
    """Counts for each data day of a job, while it runs; none without ``rule``: files have no day then."""

    def __init__(self, days: tuple[date, ...], rule: DayRule | None) -> None:
        self._day_of: DayOf = rule.compiled() if rule is not None else lambda _file: None
        self._counts = {day: DayCount() for day in days} if rule is not None else {}

    def add(self, counts: Mapping[date, DayCount]) -> None:
        """Add the counts of a shard."""
        for day, count in counts.items():
            if day in self._counts:
                self._counts[day].add(count)

    def planned(self, file: SourceFile, *, again: bool = False) -> None:
        """``file`` is to be uploaded; ``again``: it was counted before."""
        if (count := self._of(file)) is not None:
            count.planned += 1
            if not again:
                count.files += 1
                count.bytes += file.size_bytes

    def uploaded(self, file: SourceFile, *, new: bool) -> None:
        """A planned file is in S3; ``new``: it was not there before."""
        if (count := self._of(file)) is not None:
            count.uploaded += 1
            count.uploaded_new += new

    def left_out(self, file: SourceFile) -> None:
        """A planned file could not be read after all."""
        if (count := self._of(file)) is not None:
            count.left_out += 1

    def day_of(self, file: SourceFile) -> date | None:
        """The day of ``file``, None if files have no day of their own."""
        return self._day_of(file)

    def lost(self, day: date) -> None:
        """A file of ``day`` failed in an earlier run and is gone."""
        if day in self._counts:
            self._counts[day].planned += 1
            self._counts[day].left_out += 1

    def results(self, *, finished: bool, left_out: int) -> tuple[DayResult, ...]:
        """The state of each day.

        ``left_out`` counts all that was skipped as unreadable; where the day of one is unknown, none is known
        to be whole.
        """
        doubt = left_out > sum(count.left_out for count in self._counts.values())
        return tuple(
            DayResult(day, _state(count, doubt=doubt) if finished else _unfinished(count), **asdict(count))
            for day, count in self._counts.items()
        )

    def _of(self, file: SourceFile) -> DayCount | None:
        day = self._day_of(file)
        return None if day is None else self._counts.get(day)


def _state(count: DayCount, *, doubt: bool) -> DayState:
    lacking = count.planned - count.uploaded
    if lacking > count.left_out:
        return _unfinished(count)
    if lacking or doubt:
        return DayState.PARTIAL
    return DayState.COMPLETE if count.files else DayState.EMPTY


def _unfinished(count: DayCount) -> DayState:
    return DayState.PARTIAL if count.uploaded else DayState.FAILED
