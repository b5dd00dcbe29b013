"""``mochok status --calendar``: month grids, each day with a letter and a colour. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, groupby, zip_longest

from mochok.plurals import counted
from mochok.records.days import ConfigurationDays, DayMark, MarkedDay
from mochok.report.text.formatting import evidence, shown
from mochok.report.text.page import Line, PageItem, Span, line

LATE = "+"
_CELL_COLUMNS = 4
_MONTH_COLUMNS = 7 * _CELL_COLUMNS
_GUTTER = "   "
_MONTH_GUTTER = "  "
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MARGIN = "  "

LETTERS: dict[DayMark, tuple[str, str, str]] = {
    DayMark.COMPLETE: ("C", "green", "complete"),
    DayMark.OPEN: ("O", "bold blue", "open: its files may still change"),
    DayMark.PARTIAL: ("P", "yellow", "partial: some files are not in S3"),
    DayMark.EMPTY: ("E", "cyan", "empty: no file of that day"),
    DayMark.MISSING: ("M", "magenta", "missing: no folder"),
    DayMark.FAILED: ("F", "bold red", "failed: nothing arrived"),
    DayMark.UNKNOWN: ("?", "bold yellow", "unknown: no run checked it"),
    DayMark.EXPLAINED: ("X", "cyan", "explained: a gap that was accepted"),
    DayMark.BEFORE: ("b", "dim", "before history begins"),
    DayMark.NOT_EXPECTED: ("-", "dim", "not expected"),
    DayMark.FUTURE: (".", "dim", "not due yet"),
}
"""Each mark's letter, rich style and meaning."""


def calendar_page(
    configurations: Sequence[ConfigurationDays], width_columns: int, notes: Sequence[Line] = ()
) -> Iterator[PageItem]:
    """A grid for each configuration with its totals, and one legend; as many months in a row as fit."""
    for configuration in configurations:
        yield line(Span(shown(configuration.name), "bold"))
        by_month = groupby(configuration.days, key=lambda day: day.day.replace(day=1))
        yield from _side_by_side([_month(list(days)) for _, days in by_month], width_columns)
        yield from _folded(_totals(configuration), ", ", width_columns, "Totals: ")
        for day in configuration.explained:
            yield line(f"{_MARGIN}{day.day} explained: ", explanation(day))
        yield line(_MARGIN, evidence(configuration.last_verified))
        yield line()
    if notes:
        yield from notes
        yield line()
    entries = [(Span(letter, style), Span(f" {meaning}")) for letter, style, meaning in LETTERS.values()]
    entries.append((Span(f"C{LATE}", "green"), Span(" complete, and files arrived late")))
    yield from _folded(entries, _GUTTER, width_columns)


def explanation(day: MarkedDay) -> str:
    """``no invoices in the holidays (ana, 2026-11-28)``."""
    found = day.acceptance
    return f"{shown(found.reason)} ({shown(found.who)}, {found.accepted:%Y-%m-%d})" if found else ""


def _folded(entries: Iterable[Line], between: str, width_columns: int, label: str = "") -> Iterator[Line]:
    """The entries behind ``label``, in lines of at most ``width_columns``."""
    row: list[Span] = []
    used_columns = start_columns = len(_MARGIN) + len(label)
    for entry in entries:
        columns = sum(len(span.text) for span in entry)
        if row and used_columns + len(between) + columns > width_columns - len(between.rstrip()):
            yield line(_MARGIN, label, *row, between.rstrip())
            row, used_columns, label = [], start_columns, " " * len(label)
        if row:
            row.append(Span(between))
            used_columns += len(between)
        row += entry
        used_columns += columns
    yield line(_MARGIN, label, *row)


def _totals(configuration: ConfigurationDays) -> Iterator[Line]:
    for mark, count in configuration.totals.items():
        yield line(Span(f"{count} {mark.value}", LETTERS[mark][1]))
    late = sum(1 for day in configuration.days if day.late_files)
    if late:
        yield line(f"{counted(late, 'day')} with late files")


def _month(days: Sequence[MarkedDay]) -> list[Line]:
    """Title, weekdays and weeks, every line ``_MONTH_COLUMNS`` wide."""
    first = days[0].day
    title = f"{calendar.month_name[first.month]} {first.year}"
    head = "".join(f"{name:>{_CELL_COLUMNS - 1}} " for name in _WEEKDAYS)
    lines = [line(Span(f"{title:^{_MONTH_COLUMNS}}", "bold")), line(Span(head, "dim"))]
    by_day = {day.day: day for day in days}
    for week in calendar.Calendar(firstweekday=calendar.MONDAY).monthdatescalendar(first.year, first.month):
        lines.append(line(*(_cell(day, by_day.get(day), first) for day in week)))
    return lines


def _cell(day: date, marked: MarkedDay | None, first: date) -> Span:
    """``" 7C "``: the day, its letter, and ``+`` for late files; blank outside the month or the window."""
    if marked is None or day.month != first.month:
        return Span(" " * _CELL_COLUMNS)
    letter, style, _ = LETTERS[marked.mark]
    return Span(f"{day.day:>2}{letter}{LATE if marked.late_files else ' '}", style)


def _side_by_side(months: Sequence[list[Line]], width_columns: int) -> Iterator[Line]:
    gutter = len(_MONTH_GUTTER)
    in_a_row = max(1, (width_columns - len(_MARGIN) + gutter) // (_MONTH_COLUMNS + gutter))
    for start in range(0, len(months), in_a_row):
        for weeks in zip_longest(*months[start : start + in_a_row], fillvalue=line(" " * _MONTH_COLUMNS)):
            spans = [(Span(_MONTH_GUTTER if number else _MARGIN), *week) for number, week in enumerate(weeks)]
            yield tuple(chain.from_iterable(spans))
