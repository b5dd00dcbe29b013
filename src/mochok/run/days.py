"""Which days of a configuration still want a run. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from datetime import date
from itertools import dropwhile

from mochok.clock import days_between
from mochok.model import DayState
from mochok.records.history import DayRecord


def incomplete_days(
    expected: Container[date], known: Mapping[date, DayRecord], first: date, last: date
) -> list[date]:
    """The expected days that the day ledger does not show as complete, oldest first."""
    return [
        day
        for day in days_between(first, last)
        if day in expected
        if day not in known or known[day].state is not DayState.COMPLETE
    ]


def open_days(known: Mapping[date, DayRecord], without: Container[date]) -> list[date]:
    """The days of ``known`` that are open, oldest first, but for those in ``without``."""
    return [day for day, record in known.items() if record.state is DayState.OPEN and day not in without]


def from_where_history_begins(
    days: Sequence[date], first_known: date | None, has_source: Callable[[date], bool]
) -> list[date]:
    """``days`` (oldest first) without those at their beginning on which nothing was due yet.

    Those are the leading days without a source before ``first_known``, the first day that the ledger knows,
    or, where it knows none, before the first day with a source: the data may have begun later. Where the
    ledger knows no day, the last one stays, so that a source that is gone altogether is noticed.
    """

    def is_before(day: date) -> bool:
        too_early = day != days[-1] if first_known is None else day < first_known
        return too_early and not has_source(day)

    return list(dropwhile(is_before, days))


def fewest_targets(days: Collection[date], covered_by: Callable[[date], Collection[date]]) -> list[date]:
    """The fewest of ``days``, oldest first, that as target dates cover all of them.

    ``covered_by`` gives the data days of a target date: that day alone, or a range of days before it. Taking
    for the oldest open day the latest target that covers it is optimal for such ranges (interval stabbing).
    """
    covered: dict[date, set[date]] = {}
    latest: dict[date, date] = {}
    for day in sorted(days):
        covered[day] = {day, *covered_by(day)}
        latest.update(dict.fromkeys(covered[day], day))
    targets: list[date] = []
    done: set[date] = set()
    for day in covered:
        if day not in done:
            targets.append(latest[day])
            done |= covered[latest[day]]
    return sorted(targets)
