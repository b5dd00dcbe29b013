"""``mochok status --calendar`` and ``--gaps``; a module of its own, because it loads the ledger's queries."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta

from mochok.cli.context import warn
from mochok.cli.output import print_answer
from mochok.config.jobs import selected
from mochok.config.schema import Settings
from mochok.errors import EXIT_GAPS, EXIT_SUCCESS, StateError
from mochok.queries.overview import day_notes, days_of, open_history
from mochok.records.days import ConfigurationDays
from mochok.records.overview import DayNotes
from mochok.report.documents.days import calendar_document, gaps_document
from mochok.report.pages.calendar import calendar_page
from mochok.report.pages.day_notes import note_lines
from mochok.report.pages.gaps import gap_count, gaps_page

Names = tuple[str, ...]


def show_calendar(settings: Settings, names: Names, now: datetime, *, months: int, as_json: bool) -> None:
    """Print the last ``months`` months, this one included. Raises UsageError."""
    today = now.date()
    number = today.year * 12 + today.month - months
    first = date(number // 12, number % 12 + 1, 1)
    last = today.replace(day=monthrange(today.year, today.month)[1])
    days, notes = _read(settings, names, first, last, now)
    print_answer(
        lambda: calendar_document(days, first, last, now, notes),
        lambda screen: calendar_page(days, screen.width, list(note_lines(notes, now))),
        as_json=as_json,
    )


def show_gaps(settings: Settings, names: Names, now: datetime, *, days: int, as_json: bool) -> int:
    """Print the incomplete days of the last ``days`` up to yesterday; the exit code. Raises UsageError.

    Raises StateError if the ledger cannot be read: without it, there seem to be no gaps.
    """
    yesterday = now.date() - timedelta(days=1)
    first = yesterday - timedelta(days=days - 1)
    faults: list[str] = []
    found, notes = _read(settings, names, first, yesterday, now, faults.append)
    if faults:
        hint = "run it as the user of the runs; the next run replaces a damaged ledger"
        raise StateError(f"gaps are unknown: {faults[0].partition(';')[0]}", hint=hint)
    print_answer(
        lambda: gaps_document(found, first, yesterday, now, notes),
        lambda _: gaps_page(found, first, yesterday, note_lines(notes, now)),
        as_json=as_json,
    )
    return EXIT_GAPS if gap_count(found) else EXIT_SUCCESS


def _read(
    settings: Settings,
    names: Names,
    first: date,
    last: date,
    now: datetime,
    warn: Callable[[str], None] = warn,
) -> tuple[list[ConfigurationDays], DayNotes]:
    chosen = selected(settings, names)
    with open_history(settings, warn) as history:
        days = [days_of(settings, entry, history, first, last, now.date()) for entry in chosen]
        return days, day_notes(settings, chosen, history, days, now.date())
