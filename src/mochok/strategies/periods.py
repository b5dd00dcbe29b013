"""How long a pattern names the same folder: a day, a week, a month, a quarter, a year, or always. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal

from mochok.model import DateWindow
from mochok.strategies.dotnet_dates import Part, compile_format
from mochok.strategies.placeholders import words_in

Unit = Literal["day", "week", "month", "quarter", "year", "week year"]
ALWAYS = DateWindow(date.min, date.max)

_PLACEHOLDER_UNITS: Mapping[str, Unit] = {
    "year": "year",
    "week_year": "week year",
    "quarter": "quarter",
    "month": "month",
    "week": "week",
    "day": "day",
    "day_folder": "day",
}
_PART_UNITS: Mapping[Part, Unit] = {
    "year": "year",
    "short year": "year",
    "month": "month",
    "day": "day",
    "weekday": "day",
}
_SEGMENT = re.compile(r"(?:\{[^{}]*\}|[^/])+")


def units_of(pattern: str) -> frozenset[Unit]:
    """The parts of a date that change what ``pattern`` names. Raises PathError for an invalid pattern."""
    units: set[Unit] = set()
    for name, format_text in words_in(pattern):
        if name == "date":
            units |= {_PART_UNITS[part] for part in compile_format(format_text).parts}
        elif name in _PLACEHOLDER_UNITS:
            units.add(_PLACEHOLDER_UNITS[name])
    return frozenset(units)


def period_of(pattern: str, day: date) -> DateWindow:
    """The days around ``day`` for which ``pattern`` names the same; ALWAYS if it has no date.

    A part without the larger one, such as a month without its year, names the same again later; that is
    another period.
    """
    windows = [_WINDOWS[unit](day) for unit in units_of(pattern)]
    first = max((window.first for window in windows), default=date.min)
    return DateWindow(first, min((window.last for window in windows), default=date.max))


def steady_part(structure: str, period: DateWindow) -> str:
    """The folders of ``structure`` that are the same for all days of ``period``, without the others."""

    def is_steady(segment: str) -> bool:
        window = period_of(segment, max(period.first, date(2024, 1, 1)))
        return window.first <= period.first and period.last <= window.last

    return "/".join(segment for segment in _SEGMENT.findall(structure) if is_steady(segment))


def structure_for(pattern: str, daily: str) -> str:
    """A structure below ``custom/`` that is as coarse as the local ``pattern``; ``daily`` for days."""
    units = units_of(pattern)
    if not units or "day" in units:
        return daily
    by_week_year = "week year" in units or units == {"week"}
    parts = ["custom", "{week_year}" if by_week_year else "{year}"]
    if "month" in units:
        parts.append("{month}")
    elif "quarter" in units:
        parts.append("Q{quarter}")
    return "/".join([*parts, "W{week}"] if "week" in units else parts)


def _month(day: date) -> DateWindow:
    return DateWindow(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def _quarter(day: date) -> DateWindow:
    first = (day.month - 1) // 3 * 3 + 1
    return DateWindow(
        _month(day.replace(day=1, month=first)).first, _month(day.replace(day=1, month=first + 2)).last
    )


def _week(day: date) -> DateWindow:
    return _around(day, lambda one: one.isocalendar()[:2], 7)


def _week_year(day: date) -> DateWindow:
    return _around(day, lambda one: one.isocalendar().year, 371)


def _around(day: date, value: Callable[[date], object], longest: int) -> DateWindow:
    """The days next to ``day`` that have the same ``value``, at most ``longest``."""

    def end(step: int) -> date:
        last = day
        for _ in range(longest):
            number = last.toordinal() + step
            if not 1 <= number <= date.max.toordinal() or value(date.fromordinal(number)) != value(day):
                return last
            last = date.fromordinal(number)
        return last

    return DateWindow(end(-1), end(1))


_WINDOWS: Mapping[Unit, Callable[[date], DateWindow]] = {
    "day": lambda day: DateWindow(day, day),
    "week": _week,
    "month": _month,
    "quarter": _quarter,
    "year": lambda day: DateWindow(day.replace(month=1, day=1), day.replace(month=12, day=31)),
    "week year": _week_year,
}
