"""``mochok status``: is every day in S3? Reads state file and ledger, and changes neither."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from mochok.cli.context import clock_of, config_option, json_option, load_settings, only_option, warn
from mochok.cli.framework import command, optional_number
from mochok.cli.output import print_answer
from mochok.clock import TEN_YEARS_DAYS
from mochok.errors import EXIT_SUCCESS, UsageError

if TYPE_CHECKING:
    from mochok.config.schema import Settings

CALENDAR_MONTHS_MOST = 120


@command(
    ("mochok status", "the last run and each configuration"),
    ("mochok status --calendar 3 --only Invoices", "three months of days"),
    ("mochok status --gaps 14", "incomplete days; exit code 4 if any"),
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
        hint = "give one of them"
        raise UsageError("--only-last-execution, --calendar and --gaps exclude each other", hint=hint)
    settings = load_settings(config)
    now = clock_of(settings).now()
    if calendar is None and gaps is None:
        _overview(settings, only, now, as_json=as_json, brief=brief)
        return EXIT_SUCCESS
    from mochok.cli.days import show_calendar, show_gaps  # loads the ledger's queries

    if gaps is not None:
        return show_gaps(settings, only, now, days=gaps, as_json=as_json)
    show_calendar(settings, only, now, months=calendar or 1, as_json=as_json)
    return EXIT_SUCCESS


def _overview(
    settings: Settings, names: tuple[str, ...], now: datetime, *, as_json: bool, brief: bool
) -> None:
    from mochok.config.jobs import selected  # loads the configuration's models
    from mochok.queries.overview import read_overview
    from mochok.report.documents.status import status_document
    from mochok.report.pages.status import last_execution_page, status_page

    chosen = selected(settings, names) if names else settings.configurations
    overview = read_overview(settings, chosen, now, warn)
    print_answer(
        lambda: status_document(overview, only_last_execution=brief),
        lambda _: last_execution_page(overview) if brief else status_page(overview),
        as_json=as_json,
    )
