"""``mochok status``: is every day in S3? Reads state file and ledger, and changes neither."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mochok.cli.context import ConfigOption, clock_of, load_settings, warn
from mochok.clock import TEN_YEARS_DAYS
from mochok.errors import EXIT_GAPS, EXIT_SUCCESS, UsageError

if TYPE_CHECKING:
    from mochok.config.schema import Configuration, Settings
    from mochok.records.days import ConfigurationDays
    from mochok.records.overview import DayNotes
    from mochok.report.text.page import PageItem
    from mochok.report.text.screen import Screen

CALENDAR_MONTHS_MOST = 120

OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="Only this one; may be repeated.")
]


def status(
    only_last_execution: Annotated[
        bool, typer.Option("--only-last-execution", help="Nothing but the last execution.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json-output", "--json", help="As JSON on stdout.")] = False,
    calendar: Annotated[
        int | None,
        typer.Option(
            "--calendar",
            min=1,
            max=CALENDAR_MONTHS_MOST,
            metavar="[N]",
            help="Every data day of the last N months (1), for each configuration.",
        ),
    ] = None,
    gaps: Annotated[
        int | None,
        typer.Option(
            "--gaps",
            min=1,
            max=TEN_YEARS_DAYS,
            metavar="[N]",
            help="Expected days of the last N (30) that are not complete; exit code 4 if there are any.",
        ),
    ] = None,
    only: OnlyOption = None,
    config: ConfigOption = None,
) -> None:
    """Show the last execution, statistics, and how each configuration and each day stands."""
    if sum((only_last_execution, calendar is not None, gaps is not None)) > 1:
        raise UsageError(
            "--only-last-execution, --calendar and --gaps exclude each other", hint="give one of them"
        )
    settings = load_settings(config)
    now = clock_of(settings).now()
    names = tuple(only or ())
    if calendar is not None:
        exit_code = _calendar(settings, names, now, months=calendar, as_json=as_json)
    elif gaps is not None:
        exit_code = _gaps(settings, names, now, days=gaps, as_json=as_json)
    else:
        exit_code = _overview(settings, names, now, as_json=as_json, brief=only_last_execution)
    raise typer.Exit(exit_code)


def _overview(
    settings: Settings, names: tuple[str, ...], now: datetime, *, as_json: bool, brief: bool
) -> int:
    from mochok.config.jobs import selected
    from mochok.queries.overview import read_overview
    from mochok.report.documents.status import status_document  # only this mode needs it
    from mochok.report.pages.status import last_execution_page, status_page

    shown = selected(settings, names) if names else settings.configurations
    overview = read_overview(settings, shown, now, warn)
    if as_json:
        return print_json(status_document(overview, only_last_execution=brief))
    return print_page(lambda _: last_execution_page(overview) if brief else status_page(overview))


def _calendar(
    settings: Settings, names: tuple[str, ...], now: datetime, *, months: int, as_json: bool
) -> int:
    from mochok.report.documents.days import calendar_document
    from mochok.report.pages.calendar import calendar_page
    from mochok.report.pages.day_notes import note_lines

    first, last = _months(now.date(), months)
    days, notes = _days(settings, names, first, last, now)
    if as_json:
        return print_json(calendar_document(days, first, last, now, notes))
    return print_page(lambda screen: calendar_page(days, screen.width, list(note_lines(notes, now))))


def _gaps(settings: Settings, names: tuple[str, ...], now: datetime, *, days: int, as_json: bool) -> int:
    from mochok.report.documents.days import gaps_document
    from mochok.report.pages.day_notes import note_lines
    from mochok.report.pages.gaps import gap_count, gaps_page

    yesterday = now.date() - timedelta(days=1)
    first = yesterday - timedelta(days=days - 1)
    found, notes = _days(settings, names, first, yesterday, now)
    if as_json:
        print_json(gaps_document(found, first, yesterday, now, notes))
    else:
        print_page(lambda _: gaps_page(found, first, yesterday, note_lines(notes, now)))
    return EXIT_GAPS if gap_count(found) else EXIT_SUCCESS


def _days(
    settings: Settings, names: tuple[str, ...], first: date, last: date, now: datetime
) -> tuple[list[ConfigurationDays], DayNotes]:
    from mochok.config.jobs import selected
    from mochok.queries.overview import day_notes, days_of, open_history

    chosen: tuple[Configuration, ...] = selected(settings, names)
    with open_history(settings, warn) as history:
        days = [days_of(history, one, first, last, now.date()) for one in chosen]
        return days, day_notes(settings, history, days)


def _months(today: date, months: int) -> tuple[date, date]:
    """The first and last day of the last ``months`` months, this one included."""
    first_month = today.year * 12 + today.month - 1 - (months - 1)
    next_month = today.year * 12 + today.month
    return _first_of(first_month), _first_of(next_month) - timedelta(days=1)


def _first_of(month_number: int) -> date:
    return date(month_number // 12, month_number % 12 + 1, 1)


def print_json(document: dict[str, Any]) -> int:
    """Print one JSON document. Raises OutputError."""
    from mochok.cli import output  # only with --json

    output.print_json(document)
    return EXIT_SUCCESS


def print_page(page: Callable[[Screen], Iterable[PageItem]]) -> int:
    """Print a page on stdout as it fits there."""
    from mochok.report.text.page import show
    from mochok.report.text.screen import Screen

    screen = Screen(sys.stdout, os.environ)
    show(page(screen), screen)
    return EXIT_SUCCESS
