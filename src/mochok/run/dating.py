"""To which data day a file belongs, where a job covers several and each file has one of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from mochok.model import DateWindow, DayResult, DayState, SourceFile, SyncPaths
from mochok.run.days import days_between
from mochok.strategies.dotnet_dates import compile_format

DayOf = Callable[[SourceFile], date | None]
"""The data day of a file, None if it belongs to none of those that the job covers."""


def day_finder(paths: SyncPaths, zone: tzinfo | None) -> DayOf | None:
    """How the files of ``paths`` are told apart by day; None if every file belongs to all of its days.

    ``zone`` is the calendar in which a modification time is a day; None is the machine's own.
    """
    if paths.modified_days is not None:
        return _by_modification(paths.modified_days, zone)
    if paths.path_days is not None:
        return _by_folder(paths.path_days, paths.path_day_format)
    return None


def _by_modification(window: DateWindow, zone: tzinfo | None) -> DayOf:
    days = tuple(days_between(window.first, window.last))
    midnights_ns = [_midnight_ns(day, zone) for day in (*days, window.last + timedelta(days=1))]

    def day_of(file: SourceFile) -> date | None:
        number = bisect_right(midnights_ns, file.mtime_ns) - 1
        return days[number] if 0 <= number < len(days) else None

    return day_of


def _midnight_ns(day: date, zone: tzinfo | None) -> int:
    """The day's first moment in the zone's own calendar: days on which clocks change are not 24 h long."""
    start = datetime.combine(day, time(), tzinfo=zone)
    return int((start if zone else start.astimezone()).timestamp()) * 1_000_000_000


def _by_folder(window: DateWindow, pattern: str) -> DayOf:
    day_format = compile_format(pattern)
    known: dict[str, date | None] = {}

    def day_of(file: SourceFile) -> date | None:
        folder = file.key.rpartition("/")[0]
        if folder not in known:
            days = (day_format.parse(part) for part in folder.split("/"))
            known.clear()  # files come folder by folder: one entry is enough
            known[folder] = next((day for day in days if day is not None and day in window), None)
        return known[folder]

    return day_of


@dataclass(slots=True)
class _Count:
    files: int = 0
    bytes: int = 0
    planned: int = 0
    uploaded: int = 0
    left_out: int = 0
    uploaded_new: int = 0


class DayCounts:
    """Counts for each data day of a job; grows while it runs."""

    def __init__(self, days: tuple[date, ...], day_of: DayOf) -> None:
        self._day_of = day_of
        self._counts = {day: _Count() for day in days}

    def seen(self, file: SourceFile, *, planned: bool) -> None:
        """The source holds ``file``; ``planned``: it has to be sent."""
        if (count := self._of(file)) is not None:
            count.files += 1
            count.bytes += file.size_bytes
            count.planned += planned

    def again(self, file: SourceFile) -> None:
        """A file that was counted before has to be sent once more."""
        if (count := self._of(file)) is not None:
            count.planned += 1

    def uploaded(self, file: SourceFile, *, new: bool) -> None:
        """A planned file arrived; ``new``: it is new in the bucket."""
        if (count := self._of(file)) is not None:
            count.uploaded += 1
            count.uploaded_new += new

    def left_out(self, file: SourceFile) -> None:
        """A planned file could not be read after all."""
        if (count := self._of(file)) is not None:
            count.left_out += 1

    def results(self, *, finished: bool, left_out: int) -> tuple[DayResult, ...]:
        """The verdict on each day. ``left_out`` counts all names left out: one whose day is unknown may
        belong to any, and then no day is known to be whole.
        """
        doubt = left_out > sum(count.left_out for count in self._counts.values())
        return tuple(
            DayResult(
                day,
                _state(count, doubt=doubt) if finished else _unfinished(count),
                count.files,
                count.bytes,
                count.planned,
                count.uploaded,
                count.left_out,
                count.uploaded_new,
            )
            for day, count in self._counts.items()
        )

    def _of(self, file: SourceFile) -> _Count | None:
        day = self._day_of(file)
        return None if day is None else self._counts.get(day)


def _state(count: _Count, *, doubt: bool) -> DayState:
    lacking = count.planned - count.uploaded
    if lacking > count.left_out:
        return _unfinished(count)
    if lacking or doubt:
        return DayState.PARTIAL
    return DayState.COMPLETE if count.files else DayState.EMPTY


def _unfinished(count: _Count) -> DayState:
    return DayState.PARTIAL if count.uploaded else DayState.FAILED
