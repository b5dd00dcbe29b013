"""Data days as calendar and gap list show them: what the ledger has, and what it has not. Pure.

Where *history begins*: with the first data day of which a run found the folder or a file. A day before it is
``before``: it may be in S3 or not, but Mochok was not asked to check, so it is shown and counted and is no
gap, and neither is one that a run looked for by mistake and found nothing of. From that day on, an
expected day that no run ever checked is ``unknown``, and that is a gap: the task scheduler, the host or
Mochok was down. Without such a day it begins yesterday, the first day that a run would have taken, so that a
schedule that never started is noticed; or today, if only today was looked for.

*Today* is not over: what is missing may still come, so nothing of it is a gap. But a run of today that
failed, or did not upload everything, is one at once (above all of a FullDirectory, dated by its run).

*An open day* is one whose files were still changing when they were scanned, or that was not over then. Once
the day is over, it is a gap.

*A period* is a week, month, quarter or year whose files are in one folder. Its days share one state. Until
its last day is over more files may come, so only a failure is a gap.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from mochok.model import DayState
from mochok.records.history import Acceptance, DayRecord


class DayMark(enum.StrEnum):
    """What is shown for one data day: the ledger's states, and those of days that it does not know."""

    COMPLETE = "complete"
    OPEN = "open"
    PARTIAL = "partial"
    EMPTY = "empty"
    MISSING = "missing"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPLAINED = "explained"
    BEFORE = "before"
    NOT_EXPECTED = "not expected"
    FUTURE = "future"


GAPS = frozenset(
    {DayMark.OPEN, DayMark.PARTIAL, DayMark.EMPTY, DayMark.MISSING, DayMark.FAILED, DayMark.UNKNOWN}
)
GAPS_OF_TODAY = frozenset({DayMark.PARTIAL, DayMark.FAILED})
_FOUND_NOTHING = frozenset({DayState.EMPTY, DayState.MISSING})
GAPS_OF_OPEN_PERIOD = frozenset({DayMark.FAILED})


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """One data day of a configuration; ``known`` is None if no run ever checked it.

    A missing folder on a day without expectation is "not expected". ``over`` is False from today on, and
    already from the first day of a period that is not over, which has ``in_open_period``.
    ``acceptance``: why an explained day is no gap.
    """

    day: date
    mark: DayMark
    expected: bool
    known: DayRecord | None = None
    over: bool = True
    in_open_period: bool = False
    acceptance: Acceptance | None = None

    @property
    def is_gap(self) -> bool:
        """Whether the day should be in S3 and is not known to be (completely)."""
        gaps = GAPS if self.over else GAPS_OF_OPEN_PERIOD if self.in_open_period else GAPS_OF_TODAY
        return self.expected and self.mark in gaps

    @property
    def late_files(self) -> int:
        """How many files arrived in S3 after the day had first been complete."""
        return self.known.late_files if self.known else 0


@dataclass(frozen=True, slots=True)
class ConfigurationDays:
    """The days of one configuration, oldest first, without holes.

    ``dated_by_run``: its day is the date of its run, so whichever run comes next fills today.
    """

    name: str
    days: tuple[MarkedDay, ...]
    dated_by_run: bool = False

    @property
    def gaps(self) -> tuple[MarkedDay, ...]:
        """The days that are gaps, oldest first."""
        return tuple(day for day in self.days if day.is_gap)

    @property
    def explained(self) -> tuple[MarkedDay, ...]:
        """The gaps that were accepted, oldest first."""
        return tuple(day for day in self.days if day.acceptance is not None)

    @property
    def before(self) -> tuple[MarkedDay, ...]:
        """The expected days before history begins, oldest first; none where no run can fill them."""
        return () if self.dated_by_run else tuple(day for day in self.days if day.mark is DayMark.BEFORE)

    @property
    def newest(self) -> MarkedDay | None:
        """The newest day that a run checked."""
        return next((day for day in reversed(self.days) if day.known is not None), None)

    @property
    def last_verified(self) -> datetime | None:
        """When the objects of any of its days were last compared with what was uploaded; None: never."""
        moments = [day.known.verified for day in self.days if day.known and day.known.verified]
        return max(moments, default=None)

    @property
    def totals(self) -> Mapping[DayMark, int]:
        """How many days have each mark; in the order of the marks, none that does not occur."""
        counts = Counter(day.mark for day in self.days)
        return {mark: counts[mark] for mark in DayMark if counts[mark]}


@dataclass(frozen=True, slots=True)
class Expectation:
    """Which days should exist: those ``expected`` from ``begins`` to the day before ``today``.

    ``accepted``: the gaps that somebody explained. ``open_from``: the first day of a period that is not over,
    None if there is none.
    """

    expected: Container[date]
    begins: date
    today: date
    accepted: Mapping[date, Acceptance] = field(default_factory=dict)
    open_from: date | None = None


def begins(first_found: date | None, checked: Container[date], today: date) -> date:
    """Where a configuration's history begins; see the module. ``checked``: what any run looked for."""
    if first_found is not None:
        return first_found
    yesterday = today - timedelta(days=1)
    return today if today in checked and yesterday not in checked else yesterday


def since_history_begins(known: Mapping[date, DayRecord], first_found: date | None) -> dict[date, DayRecord]:
    """``known`` without what a run found nothing of before the first day that it found."""
    return {
        day: record
        for day, record in known.items()
        if first_found is None or day >= first_found or record.state not in _FOUND_NOTHING
    }


def mark_days(
    known: Mapping[date, DayRecord], expectation: Expectation, first: date, last: date
) -> tuple[MarkedDay, ...]:
    """Every day from ``first`` to ``last``, both included; after yesterday also today, if it is a gap."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    marked = [_mark_day(day, known.get(day), expectation) for day in days]
    today = _mark_day(expectation.today, known.get(expectation.today), expectation)
    if last == expectation.today - timedelta(days=1) and today.is_gap:
        marked.append(today)
    return tuple(marked)


def _mark_day(day: date, known: DayRecord | None, expectation: Expectation) -> MarkedDay:
    expected, today = day in expectation.expected, expectation.today
    open_from = expectation.open_from or today
    over, in_open_period = day < min(open_from, today), open_from < today and day >= open_from
    if known is not None and (expected or known.state is not DayState.MISSING):
        mark = DayMark(known.state.value)
    elif not expected:
        mark = DayMark.NOT_EXPECTED
    elif not over:
        mark = DayMark.FUTURE
    else:
        mark = DayMark.UNKNOWN if day >= expectation.begins else DayMark.BEFORE
    marked = MarkedDay(day, mark, expected, known, over, in_open_period)
    if marked.is_gap and (acceptance := expectation.accepted.get(day)):
        return replace(marked, mark=DayMark.EXPLAINED, acceptance=acceptance)
    return marked
