"""Which days of a configuration still want a run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from mochok.model import DayState
from mochok.state.contract import DayRecord


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def expected_days(weekdays: frozenset[int], first: date, last: date) -> list[date]:
    """The days that should exist; ``weekdays`` are numbers, Monday is 0."""
    return [day for day in days_between(first, last) if day.weekday() in weekdays]


def incomplete_days(
    weekdays: frozenset[int], known: Mapping[date, DayRecord], first: date, last: date
) -> list[date]:
    """The expected days that the day ledger does not show as complete, oldest first."""
    return [
        day
        for day in expected_days(weekdays, first, last)
        if day not in known or known[day].state is not DayState.COMPLETE
    ]
