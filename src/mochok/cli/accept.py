"""``mochok accept``: a gap that cannot be filled, or need not be, becomes an explained day."""

from __future__ import annotations

from datetime import date

import click

from mochok.cli.context import clock_of, config_option, configuration_names, load_settings, warn
from mochok.cli.framework import command
from mochok.cli.output import Printer
from mochok.clock import parse_day
from mochok.errors import EXIT_SUCCESS, UsageError
from mochok.model import DateWindow
from mochok.report.text.formatting import shown

LONGEST_REASON = 500


@command(
    ('mochok accept Invoices 2025-01-06 --reason "closed"', "one day"),
    ('mochok accept Invoices 2025-01-06 2025-01-10 -r "moving"', "the gaps of several days"),
    ("mochok accept Invoices 2025-01-06 --undo", "a gap again"),
)
@click.argument("name", shell_complete=configuration_names, help="The configuration's name.")
@click.argument("day", help="YYYY-MM-DD, today, yesterday or -3d.")
@click.argument("last", required=False, help="The last day, to accept the gaps of several.")
@click.option("--reason", "-r", metavar="TEXT", help="Why nothing is missing; required without --undo.")
@click.option("--undo", is_flag=True, help="Take the acceptance back: the day is a gap again.")
@config_option
def accept(
    *, name: str, day: str, last: str | None, reason: str | None, undo: bool, config: str | None
) -> int:
    """Accept a gap: it becomes an explained day, with the reason, who and when, and is no longer a gap."""
    from mochok.config.jobs import selected  # loads the configuration's models
    from mochok.wire import accept_gaps

    settings = load_settings(config)
    now = clock_of(settings).now()
    (configuration,) = selected(settings, [name])
    window = _window(day, last or day, now.date())
    if undo:
        days, what = accept_gaps.undo(settings, name, window, now, warn), "is a gap again"
    else:
        text = _checked(reason)
        days = accept_gaps.accept_gaps(settings, configuration, window, text, now, warn)
        what = f"is explained: {text}"
    for changed in days:
        Printer().line(shown(f"{name}: {changed} {what}"))
    return EXIT_SUCCESS


def _window(day: str, last: str, today: date) -> DateWindow:
    window = DateWindow(parse_day(day, today), parse_day(last, today))
    if window.first > window.last:
        raise UsageError(f"{window.first} is after {window.last}", hint="swap them")
    if window.last > today:
        hint = "for days to come write expected_days: {except: [...]} in the configuration"
        raise UsageError(f"{window.last} is in the future, so it is no gap", hint=hint)
    return window


def _checked(reason: str | None) -> str:
    text = " ".join((reason or "").split())
    if not text:
        raise UsageError("a gap is accepted with a reason", hint='write --reason "TEXT", or --undo')
    if len(text) > LONGEST_REASON:
        raise UsageError(f"the reason has {len(text)} characters", hint=f"use at most {LONGEST_REASON}")
    return text
