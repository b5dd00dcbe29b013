"""``mochok status --gaps``: one line for each configuration and day that is not known to be in S3. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from mochok.plurals import counted, days_span
from mochok.records.days import ConfigurationDays, DayMark, MarkedDay
from mochok.report.pages.calendar import LETTERS
from mochok.report.text.formatting import shown
from mochok.report.text.page import Entry, Line, PageItem, Span, line

_NO_FILE = "no file of that day was found"
_NEVER_LOOKED = "expected, but no run looked at it"


def gap_count(configurations: Sequence[ConfigurationDays]) -> int:
    """How many gaps there are in all."""
    return sum(len(one.gaps) for one in configurations)


def gaps_page(
    configurations: Sequence[ConfigurationDays], first: date, last: date, notes: Iterable[Line] = ()
) -> Iterator[PageItem]:
    """The gaps by configuration, oldest first; then what was not looked at, and one line that sums up.

    ``last`` is yesterday; a gap of today comes after it.
    """
    for one in configurations:
        for day in one.gaps:
            yield Entry(gap_line(one.name, day))
    for one in configurations:
        if one.before:
            yield Entry(_before_line(one))
    yield from notes
    yield from _sum(configurations, first, last)


def gap_line(name: str, day: MarkedDay) -> Line:
    """``2025-01-13  missing   Daily: the source folder ... does not exist``."""
    mark = Span(f"{day.mark.value:<8}", LETTERS[day.mark][1])
    return line(f"{day.day}  ", mark, f"  {shown(name)}: {shown(_why(day))}")


def _why(day: MarkedDay) -> str:
    if day.known is None:
        return _NEVER_LOOKED
    return _NO_FILE if day.mark is DayMark.EMPTY else day.known.message


def _before_line(one: ConfigurationDays) -> Line:
    span = days_span(one.before[0].day, one.before[-1].day)
    what = f"{counted(len(one.before), 'expected day')} before history begins ({span}), not counted"
    return line(Span(f"note: {shown(one.name)}: {what}", "dim"))


def _sum(configurations: Sequence[ConfigurationDays], first: date, last: date) -> Iterator[PageItem]:
    count = gap_count(configurations)
    today = [(one, day) for one in configurations for day in one.gaps if not day.over]
    end = max([last, *(day.day for _, day in today)])
    span = f"on {first}" if first == end else f"from {days_span(first, end)}"
    if not count:
        yield line(Span(f"No gaps {span} in {counted(len(configurations), 'configuration')}.", "green"))
        return
    affected = sum(1 for one in configurations if one.gaps)
    yield line(Span(f"{counted(count, 'gap')} {span} in {counted(affected, 'configuration')}.", "bold red"))
    marks = {day.mark for one in configurations if not one.dated_by_run for day in one.gaps}
    command = f"mochok sync --catch-up {(last - first).days + 1}"
    if not marks:
        pass
    elif marks <= {DayMark.MISSING}:
        yield line(f"Their folders did not exist. Once they are there: {command}")
    elif marks <= {DayMark.EMPTY, DayMark.MISSING}:
        yield line(f"There was nothing to send. Once there is: {command}")
    else:
        yield line(f"To fill them: {command}")
    past = [one.name for one in configurations if one.dated_by_run and any(day.over for day in one.gaps)]
    if past:
        names = ", ".join(shown(name) for name in past)
        yield line(f"Past days of {names} cannot be filled: a run sends what stands there when it runs.")
    if any(not one.dated_by_run for one, _ in today):
        yield line("And those of today: mochok sync --target-date today")
    if DayMark.EMPTY in marks:
        yield line("If such days need no files, say which days do: expected_days in the configuration")
