"""``mochok explain NAME PATH``: what a sync would do with one file, and why."""

from __future__ import annotations

import click

from mochok.cli.context import (
    clock_of,
    config_option,
    configuration_names,
    load_settings,
    target_date_option,
    warn,
)
from mochok.cli.explanation import rows
from mochok.cli.framework import command
from mochok.cli.output import Printer
from mochok.clock import parse_day
from mochok.config.jobs import selected
from mochok.errors import EXIT_SUCCESS
from mochok.queries.explanation import Days, explain_file
from mochok.report.text.formatting import shown


@command(
    ("mochok explain Invoices 4711.pdf", "a file of yesterday"),
    ("mochok explain Invoices 4711.pdf -d 2025-01-15", "a file of another day"),
)
@click.argument("name", shell_complete=configuration_names, help="The configuration's name.")
@click.argument("path", type=click.Path(), help="The file: absolute, or relative to the source folder.")
@target_date_option
@config_option
def explain(*, name: str, path: str, target_date: str | None, config: str | None) -> int:
    """Show for one file: whether it is selected and by which rule, its key, its object, the next sync."""
    settings = load_settings(config)
    clock = clock_of(settings)
    (configuration,) = selected(settings, [name])
    today = clock.now().date()
    days = Days(parse_day("yesterday" if target_date is None else target_date, today), today)
    found = explain_file(settings, configuration, days, path, warn)
    printer = Printer()
    if not configuration.enabled:
        printer.line(
            shown(f"{name} is not enabled: mochok sync skips it, mochok sync --only runs it."), "yellow"
        )
    printer.columns([(label, shown(text)) for label, text in rows(found)], "")
    if found.problem is None:
        return EXIT_SUCCESS
    if found.problem.hint:
        warn(shown(f"hint: {found.problem.hint}"))
    return found.problem.exit_code
