"""``mochok ledger``: what a person corrects in the history."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from mochok.cli.context import clock_of, config_option, configuration_names, load_settings, warn
from mochok.cli.framework import Group, command
from mochok.cli.output import Printer
from mochok.clock import parse_day
from mochok.errors import EXIT_SUCCESS, UsageError
from mochok.model import DateWindow
from mochok.plurals import counted, days_span
from mochok.report.text.formatting import shown, size_text

if TYPE_CHECKING:
    from mochok.records.history import DayRecord

DAYS_SHOWN = 10
_yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@command(("mochok ledger rename Invoices Documents", "after that change in the file"))
@click.argument("old", help="The previous name.")
@click.argument("new", shell_complete=configuration_names, help="The name in the configuration file.")
@_yes
@config_option
def rename(*, old: str, new: str, yes: bool, config: str | None) -> int:
    """Give a renamed configuration its history.

    Its results, days, accepted gaps and refused deletions become those of the new name.
    """
    from mochok.wire import corrections  # loads the ledger

    settings = load_settings(config)
    now, printer = clock_of(settings).now(), Printer()
    days = corrections.days_to_rename(settings, old, new, warn)
    span = f" ({days_span(days[0].day, days[-1].day)})" if days else ""
    printer.line(shown(f"{counted(len(days), 'day')}{span} and all results of {old} become those of {new}."))
    if any(entry.name == old for entry in settings.configurations):
        printer.line(shown(f"{old} is still in the configuration file: its history begins again."))
    if not yes and not _confirmed("Rename it in the ledger?"):
        printer.line("Nothing was changed.")
        return EXIT_SUCCESS
    corrections.rename(settings, old, new, now, warn)
    printer.line(shown(f"Renamed: mochok status --calendar --only {new!r}"))
    return EXIT_SUCCESS


@command(
    ("mochok ledger forget Invoices 2025-01-06", "one day"),
    ("mochok ledger forget Invoices 1969-12-31 1970-01-05", "several days"),
)
@click.argument("name", shell_complete=configuration_names, help="The configuration's name.")
@click.argument("day", help="YYYY-MM-DD, today, yesterday or -3d.")
@click.argument("last", required=False, help="The last day, to forget several.")
@_yes
@config_option
def forget(*, name: str, day: str, last: str | None, yes: bool, config: str | None) -> int:
    """Forget days that were recorded by mistake. Objects in S3, and the runs in the history, stay."""
    from mochok.wire import corrections  # loads the ledger

    settings = load_settings(config)
    now, printer = clock_of(settings).now(), Printer()
    window = DateWindow(_day(day, now.date()), _day(last or day, now.date()))
    if window.first > window.last:
        raise UsageError(f"{window.first} is after {window.last}", hint="swap them")
    days = corrections.days_to_forget(settings, name, window, warn)
    _show(name, days, printer)
    if not yes and not _confirmed("Forget them?"):
        printer.line("Nothing was forgotten.")
        return EXIT_SUCCESS
    corrections.forget(settings, name, window, now, warn)
    printer.line(f"Forgotten: {counted(len(days), 'day')} of {shown(name)}.")
    return EXIT_SUCCESS


def _day(text: str, today: date) -> date:
    """The day in ``text``; also one that only a wrong clock can have shown. Raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return parse_day(text, today)


def _show(name: str, days: Sequence[DayRecord], printer: Printer) -> None:
    printer.line(f"The ledger would forget of {shown(name)}:")
    for found in days[:DAYS_SHOWN]:
        what = f"{found.state.value}, {counted(found.files, 'file')}, {size_text(found.bytes)}"
        printer.line(shown(f"    {found.day}  {what}  {found.s3_path}".rstrip()))
    if (more := len(days) - DAYS_SHOWN) > 0:
        printer.line(f"    and {counted(more, 'more day')}, up to {days[-1].day}")
    printer.line("Objects in S3 and the runs in the history stay.")


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("this command asks on a terminal, and there is none", hint="add --yes")
    return click.confirm(question, default=False)


@click.group(
    cls=Group,
    no_args_is_help=True,
    examples=(
        ("mochok ledger rename Invoices Documents", "after that change in the file"),
        ("mochok ledger forget Invoices 2025-01-06", "a day that was a mistake"),
    ),
)
def ledger() -> None:
    """Correct the ledger, which has the history of runs and days."""


ledger.add_command(rename)
ledger.add_command(forget)
