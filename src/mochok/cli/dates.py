"""The days that the options of ``mochok sync`` name."""

from __future__ import annotations

from datetime import date

from mochok.clock import parse_day
from mochok.errors import UsageError
from mochok.queries.planning import Dates
from mochok.run.days import days_between


def requested_dates(
    today: date, target_date: str | None, first: str | None, last: str | None, catch_up: int | None
) -> Dates:
    """The days to run; yesterday if none is named. Raises UsageError.

    A day in the future cannot be complete; the ledger must never say so.
    """
    if sum(option is not None for option in (target_date, first, catch_up)) > 1:
        raise UsageError("--target-date, --from and --catch-up exclude each other", hint="give one of them")
    if (first is None) != (last is None):
        raise UsageError("--from and --to belong together", hint="such as --from 2025-01-01 --to 2025-01-31")
    if catch_up is not None:
        return Dates((parse_day("yesterday", today),), catch_up_days=catch_up)
    if first is not None and last is not None:
        days = _range(parse_day(first, today), parse_day(last, today))
    else:
        days = (parse_day(target_date or "yesterday", today),)
    if days[-1] > today:
        raise UsageError(f"{days[-1]} is in the future", hint=f"today is {today}; name a day up to then")
    return Dates(days, plain=first is None and target_date is None)


def _range(first: date, last: date) -> tuple[date, ...]:
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}", hint="swap them")
    return tuple(days_between(first, last))
