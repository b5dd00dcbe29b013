"""``mochok status --gaps``: one line for each configuration and day that is not known to be in S3. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from mochok.report.calendar_view import LETTERS
from mochok.report.day_marks import ConfigurationDays, DayMark, MarkedDay
from mochok.report.spans import Line, PageItem, Span, line
from mochok.report.wording import counted, shown

_NEVER_LOOKED = "expected, but no run looked at it"


def gap_count(configurations: Sequence[ConfigurationDays]) -> int:
    """How many gaps there are in all."""
    return sum(len(one.gaps) for one in configurations)


def gaps_page(configurations: Sequence[ConfigurationDays], first: date, last: date) -> Iterator[PageItem]:
    """The gaps by configuration, oldest first; then what was not looked at, and one line that sums up."""
    for one in configurations:
        for day in one.gaps:
            yield gap_line(one.name, day)
    for one in configurations:
        if one.before:
            yield _before_line(one)
    yield from _sum(configurations, first, last)


def gap_line(name: str, day: MarkedDay) -> Line:
    """``2025-01-13  missing   Daily: the source folder ... does not exist``."""
    message = day.known.message if day.known else _NEVER_LOOKED
    mark = Span(f"{day.mark.value:<8}", LETTERS[day.mark][1])
    return line(f"{day.day}  ", mark, f"  {shown(name)}: {shown(message)}")


def _before_line(one: ConfigurationDays) -> Line:
    span = f"{one.before[0].day} to {one.before[-1].day}"
    what = f"{counted(len(one.before), 'expected day')} before history begins ({span}), not counted"
    return line(Span(f"note: {shown(one.name)}: {what}", "dim"))


def _sum(configurations: Sequence[ConfigurationDays], first: date, last: date) -> Iterator[PageItem]:
    count = gap_count(configurations)
    span = f"from {first} to {last}"
    if not count:
        yield line(Span(f"No gaps {span} in {counted(len(configurations), 'configuration')}.", "green"))
        return
    affected = sum(1 for one in configurations if one.gaps)
    yield line(Span(f"{counted(count, 'gap')} {span} in {counted(affected, 'configuration')}.", "bold red"))
    days = (last - first).days + 1
    if any(day.mark is not DayMark.MISSING for one in configurations for day in one.gaps):
        yield line(f"To fill them: mochok sync --catch-up {days}")
    else:
        yield line(f"Their folders did not exist. Once they are there: mochok sync --catch-up {days}")
