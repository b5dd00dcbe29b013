"""Have the files of a day settled, or were they still changing when they were scanned? Pure.

A day is complete only if its youngest file had not changed for ``settle_minutes`` when the scan began: a file
that is still being written goes up as it is at that moment, and no later run would check the day again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from mochok.model import SourceFile

Youngest = dict[date | None, tuple[int, str]]
"""The youngest file of each day: when it last changed, in nanoseconds since the epoch, and its key. Files
without a day of their own have None.
"""
_OLDEST = (-(2**63), "")
_SHOWN_YEARS = range(1970, 10_000)


def note_youngest(youngest: Youngest, file: SourceFile, day: date | None) -> None:
    """Take in one file."""
    found = (max(file.mtime_ns, file.changed_ns), file.key)
    if found > youngest.get(day, _OLDEST):
        youngest[day] = found


def join_youngest(youngest: Youngest, other: Mapping[date | None, tuple[int, str]]) -> None:
    """Take in the youngest files of ``other``."""
    for day, found in other.items():
        youngest[day] = max(youngest.get(day, found), found)


class Settling:
    """The youngest files of a job while it runs. ``settle_minutes`` 0: each file counts as settled."""

    def __init__(self, settle_minutes: int) -> None:
        self._minutes = settle_minutes
        self._began: datetime | None = None
        self._youngest: Youngest = {}

    def begin(self, now: datetime) -> None:
        """The first scan begins: a file that changes later, also before a second scan, has not settled."""
        self._began = self._began or now

    @property
    def last_settled(self) -> datetime | None:
        """What has not changed since then had settled when the scan began; None if there was no scan."""
        return self._began and self._began - timedelta(minutes=self._minutes)

    def add(self, youngest: Youngest) -> None:
        """Take in the youngest files of a shard."""
        join_youngest(self._youngest, youngest)

    def is_settled(self, day: date | None) -> bool:
        """Whether the files of ``day`` have settled; None: those of all days."""
        if self.last_settled is None or not self._minutes:
            return True
        last_ns = _ns(self.last_settled)
        return all(changed_ns <= last_ns for changed_ns, _key in self._of(day))

    def reason(self, now: datetime) -> str:
        """Why the files have not settled: ``files were still changing at 01:30, such as a.sql``."""
        if self._began is None:
            return ""
        if future := self.future(now):
            return future
        _changed_ns, key = max(self._of(None))
        return f"files were still changing at {self._began:%H:%M}, such as {key}"

    def future(self, now: datetime) -> str:
        """``a.sql has a time in the future (2036-11-26 01:30)``; "" if no file has one."""
        changed_ns, key = max(self._of(None), default=(0, ""))
        if not self._minutes or changed_ns <= _ns(now + timedelta(minutes=self._minutes)):
            return ""
        return f"{key} has a time in the future{_shown(changed_ns, now)}"

    def _of(self, day: date | None) -> list[tuple[int, str]]:
        found = self._youngest
        return list(found.values()) if day is None else [found[day]] if day in found else []


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000


def _shown(moment_ns: int, now: datetime) -> str:
    """`` (2036-11-26 01:30)``; "" for a time that no calendar has."""
    try:
        moment = datetime.fromtimestamp(moment_ns / 1e9, now.tzinfo)
    except (OverflowError, OSError, ValueError):
        return ""
    return f" ({moment:%Y-%m-%d %H:%M})" if moment.year in _SHOWN_YEARS else ""
