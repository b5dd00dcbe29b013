"""``mochok accept-deletes``: a person allows deletions that were refused."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from mochok.cli.context import (
    clock_of,
    config_option,
    configuration_names,
    day_option,
    load_settings,
    warn,
)
from mochok.cli.framework import command
from mochok.cli.output import Printer
from mochok.clock import parse_day
from mochok.errors import EXIT_SUCCESS, UsageError
from mochok.report.text.formatting import local_time, shown

if TYPE_CHECKING:
    from mochok.config.schema import Settings
    from mochok.records.deletes import Refusal

KEYS_SHOWN = 10


@command(
    ("mochok accept-deletes Invoices", "show the refused deletions, and ask"),
    ("mochok accept-deletes Invoices --list", "list all of them"),
    ("mochok accept-deletes Invoices --yes", "do not ask"),
    ("mochok accept-deletes Invoices --day 2025-01-15", "those of one day's run"),
)
@click.argument("name", shell_complete=configuration_names, help="The configuration.")
@day_option("--day", help="The target date of the run whose deletions were refused.")
@click.option("--list", "lists", is_flag=True, help="List all of them, and accept nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@config_option
def accept_deletes(*, name: str, day: str | None, lists: bool, yes: bool, config: str | None) -> int:
    """Allow the next run of a configuration to delete what delete_guard refused."""
    from mochok.wire.accept import accept  # loads the ledger

    settings = load_settings(config)
    now = clock_of(settings).now()
    found = _refused(settings, name, parse_day(day, now.date()) if day else None)
    if found is None:
        Printer().line(
            f"No deletions of {shown(name)} are refused; nothing to accept. (Objects of another "
            "configuration, and all objects of an empty source, are never deleted.)"
        )
        return EXIT_SUCCESS
    printer = Printer()
    _show(found, now, printer, most=len(found.keys) if lists else KEYS_SHOWN)
    if lists:
        return EXIT_SUCCESS
    if not yes and not _confirmed():
        printer.line("Nothing was accepted.")
        return EXIT_SUCCESS
    accept(settings, found, now, warn)
    again = f'mochok sync --target-date {found.target_date} --only "{shown(name)}"'
    printer.line(f"Accepted. The next run for {found.target_date} deletes them: {again}")
    return EXIT_SUCCESS


def _show(refusal: Refusal, now: datetime, printer: Printer, *, most: int) -> None:
    since = f"{local_time(refusal.since, now):%Y-%m-%d %H:%M}"
    printer.line(f"{shown(refusal.name)}, {refusal.target_date}: deletions refused since {since}")
    deletes = f"{refusal.deletes:,} of {refusal.objects:,} objects in {shown(refusal.s3_path)}"
    printer.columns([("Deletions", deletes), ("Reason", shown(refusal.reason))])
    for key in refusal.keys[:most]:
        printer.line(f"    {shown(key)}")
    if (more := refusal.deletes - most) > 0:
        lists = "--list shows them" if most < len(refusal.keys) else "their names are not kept"
        printer.line(f"    and {more:,} more ({lists})")


def _refused(settings: Settings, name: str, day: date | None) -> Refusal | None:
    """The refusal to accept. Raises UsageError if several days have one."""
    from mochok.config.jobs import selected
    from mochok.queries.overview import open_history

    selected(settings, [name])
    with open_history(settings, warn) as ledger:
        refusals = [one for one in ledger.safety.refusals() if one.name == name and one.accepted is None]
    found: Sequence[Refusal] = [one for one in refusals if day in (None, one.target_date)]
    if len(found) > 1:
        days = ", ".join(str(one.target_date) for one in found)
        raise UsageError(f"deletions of several days are refused: {days}", hint="name one of them with --day")
    if day is not None and refusals and not found:
        days = ", ".join(str(one.target_date) for one in refusals)
        raise UsageError(f"no deletions of {day} are refused", hint=f"the refused ones are of {days}")
    return found[0] if found else None


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("accept-deletes asks on a terminal, and there is none", hint="add --yes")
    return click.confirm("Delete these objects in the next run?", default=False)
