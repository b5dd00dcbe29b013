"""``mochok status``: is every day in S3? Reads state file and ledger, and changes neither."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from mochok.cli.context import clock_of, config_option, json_option, load_settings, only_option, warn
from mochok.cli.framework import Command, optional_number
from mochok.cli.output import print_json, print_page
from mochok.clock import TEN_YEARS_DAYS
from mochok.errors import EXIT_GAPS, EXIT_SUCCESS, UsageError
from mochok.records.days import ConfigurationDays
from mochok.report.documents.days import calendar_document, gaps_document
from mochok.report.documents.status import status_document
from mochok.report.pages.calendar import calendar_page
from mochok.report.pages.day_notes import DayNotes, note_lines
from mochok.report.pages.gaps import gap_count, gaps_page
from mochok.report.pages.status import last_execution_page, status_page

if TYPE_CHECKING:
    from mochok.config.schema import Settings

CALENDAR_MONTHS_MOST = 120


@click.command(
    cls=Command,
    examples=[
        ("mochok status", "the last run and each configuration"),
        ("mochok status --calendar 3 --only Invoices", "three months of days"),
        ("mochok status --gaps 14", "incomplete days; exit code 4 if any"),
    ],
)
@click.option("--only-last-execution", "brief", is_flag=True, help="Print nothing but the last execution.")
@json_option
@optional_number(
    "--calendar",
    1,
    (1, CALENDAR_MONTHS_MOST),
    "Every data day of the last N months (1), for each configuration.",
)
@optional_number(
    "--gaps",
    30,
    (1, TEN_YEARS_DAYS),
    "Expected days of the last N (30) that are not complete; exit code 4 if there are any.",
)
@only_option(help="Only this configuration; may be repeated.")
@config_option
def status(
    *,
    brief: bool,
    as_json: bool,
    calendar: int | None,
    gaps: int | None,
    only: tuple[str, ...],
    config: str | None,
) -> int:
    """Show the last execution, statistics, and the state of each configuration and each day."""
    if sum((brief, calendar is not None, gaps is not None)) > 1:
        raise UsageError(
            "--only-last-execution, --calendar and --gaps exclude each other", hint="give one of them"
        )
    settings = load_settings(config)
    now = clock_of(settings).now()
    if calendar is not None:
        return _calendar(settings, only, now, months=calendar, as_json=as_json)
    if gaps is not None:
        return _gaps(settings, only, now, days=gaps, as_json=as_json)
    return _overview(settings, only, now, as_json=as_json, brief=brief)


def _overview(
    settings: Settings, names: tuple[str, ...], now: datetime, *, as_json: bool, brief: bool
) -> int:
    from mochok.config.jobs import selected  # loads the configuration's models, as do the next
    from mochok.queries.overview import read_overview

    shown = selected(settings, names) if names else settings.configurations
    overview = read_overview(settings, shown, now, warn)
    if as_json:
        print_json(status_document(overview, only_last_execution=brief))
    else:
        print_page(lambda _: last_execution_page(overview) if brief else status_page(overview))
    return EXIT_SUCCESS


def _calendar(
    settings: Settings, names: tuple[str, ...], now: datetime, *, months: int, as_json: bool
) -> int:
    first, last = _months(now.date(), months)
    days, notes = _days(settings, names, first, last, now)
    if as_json:
        print_json(calendar_document(days, first, last, now, notes))
    else:
        print_page(lambda screen: calendar_page(days, screen.width, list(note_lines(notes, now))))
    return EXIT_SUCCESS


def _gaps(settings: Settings, names: tuple[str, ...], now: datetime, *, days: int, as_json: bool) -> int:
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

    chosen = selected(settings, names)
    with open_history(settings, warn) as history:
        days = [days_of(history, one, first, last, now.date()) for one in chosen]
        return days, day_notes(settings, history, days)


def _months(today: date, months: int) -> tuple[date, date]:
    """The first and last day of the last ``months`` months, this one included."""
    first_month = today.year * 12 + today.month - months
    return _first_of(first_month), _first_of(first_month + months) - timedelta(days=1)


def _first_of(month_number: int) -> date:
    return date(month_number // 12, month_number % 12 + 1, 1)
