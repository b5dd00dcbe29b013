"""``mochok status --gaps``: one line for each configuration and day that is not known to be in S3. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from mochok.plurals import counted, days_span
from mochok.records.days import ConfigurationDays, DayMark, MarkedDay
from mochok.report.pages.calendar import LETTERS, explanation
from mochok.report.text.formatting import evidence, shown
from mochok.report.text.page import Entry, Line, PageItem, Span, line


def gap_count(configurations: Sequence[ConfigurationDays]) -> int:
    """How many gaps there are in all."""
    return sum(len(configuration.gaps) for configuration in configurations)


def gaps_page(
    configurations: Sequence[ConfigurationDays], first: date, last: date, notes: Iterable[Line] = ()
) -> Iterator[PageItem]:
    """The gaps by configuration, oldest first; then those that were accepted, the days before history begins,
    and a summary.

    ``last`` is yesterday; a gap of today comes after it.
    """
    gaps = [(configuration, day) for configuration in configurations for day in configuration.gaps]
    yield from (Entry(_gap_line(configuration.name, day)) for configuration, day in gaps)
    for configuration in configurations:
        yield from (Entry(_explained_line(configuration.name, day)) for day in configuration.explained)
    for configuration in configurations:
        if before := configuration.before:
            days = f"{counted(len(before), 'expected day')} before history begins"
            what = f"{days} ({days_span(before[0].day, before[-1].day)}), not counted"
            yield Entry(line(Span(f"note: {shown(configuration.name)}: {what}", "dim")))
    yield from notes
    end = max([last, *(day.day for _, day in gaps)])
    span = f"on {first}" if first == end else f"from {days_span(first, end)}"
    if gaps:
        affected = counted(len({configuration.name for configuration, _ in gaps}), "configuration")
        yield line(Span(f"{counted(len(gaps), 'gap')} {span} in {affected}.", "bold red"))
        yield from _advice(gaps, (last - first).days + 1)
    else:
        all_of_them = counted(len(configurations), "configuration")
        yield line(Span(f"No gaps {span} in {all_of_them}.", "green"))
    verified = [configuration.last_verified for configuration in configurations]
    oldest = min((moment for moment in verified if moment), default=None) if all(verified) else None
    yield line(Span(f"Known {evidence(oldest)}.", "dim"))


def _gap_line(name: str, day: MarkedDay) -> Line:
    """``2025-01-13  missing   Daily: the source folder ... does not exist``."""
    reason = "expected, but no run checked it"
    if day.known is not None:
        empty = day.mark is DayMark.EMPTY
        reason = "no files of that day were found" if empty else day.known.message
    mark = Span(f"{day.mark.value:<8}", LETTERS[day.mark][1])
    return line(f"{day.day}  ", mark, f"  {shown(name)}: {shown(reason)}")


def _explained_line(name: str, day: MarkedDay) -> Line:
    return line(Span(f"{day.day}  explained {shown(name)}: {explanation(day)}", "dim"))


def _advice(gaps: Sequence[tuple[ConfigurationDays, MarkedDay]], days: int) -> Iterator[PageItem]:
    """How to fill the gaps of the last ``days`` days."""
    dated = [day for configuration, day in gaps if not configuration.dated_by_run]
    marks = {day.mark for day in dated}
    reason = "To fill them"
    if marks == {DayMark.OPEN}:
        reason = "The next mochok sync checks open days of the last 7 days again. To do it now"
    elif marks <= {DayMark.MISSING}:
        reason = "Their folders did not exist. Once they exist"
    elif marks <= {DayMark.EMPTY, DayMark.MISSING}:
        reason = "There was nothing to upload. Once there is"
    if marks:
        yield line(f"{reason}: mochok sync --catch-up {days}")
    dated_by_run = [(found.name, day.mark) for found, day in gaps if found.dated_by_run and day.over]
    for name in sorted({name for name, mark in dated_by_run if mark is DayMark.OPEN}):
        yield line(f"{shown(name)}: the next run completes its open days.")
    for name in sorted({name for name, mark in dated_by_run if mark is not DayMark.OPEN}):
        yield line(f"{shown(name)} has no per-day data, so past days cannot be backfilled.")
    if not all(day.over for day in dated):
        yield line("For today: mochok sync --target-date today")
    if DayMark.EMPTY in marks:
        yield line("If such days need no files, set expected_days in the configuration.")
