"""``mochok validate``: every mistake in the configuration, and every probable one."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import click

from mochok.cli.context import config_option
from mochok.cli.diagnostics import show_diagnostic, to_json
from mochok.cli.framework import command
from mochok.cli.output import Printer, print_json
from mochok.config.effective import effective_lines
from mochok.config.load import find_config, load
from mochok.errors import EXIT_SUCCESS, EXIT_USAGE, ConfigurationError
from mochok.plurals import counted
from mochok.report.text.formatting import shown
from mochok.wire.linting import findings

SCHEMA = "mochok.validate/1"


@command(
    ("mochok validate", "mistakes, with line and column"),
    ("mochok validate --strict", "fail on warnings too"),
    ("mochok validate --show", "the values in effect"),
)
@click.option("--json", "as_json", is_flag=True, help="Print the diagnostics as JSON on stdout.")
@click.option("--strict", is_flag=True, help="Warnings count as errors: exit code 2.")
@click.option(
    "--show", is_flag=True, help="Also print the effective configuration, with the origin of each value."
)
@config_option
def validate(*, as_json: bool, strict: bool, show: bool, config: str | None) -> int:
    """Check the configuration file: mistakes, and what is allowed but probably not intended."""
    path = find_config(config, os.environ, Path.cwd())
    settings = None
    try:
        settings = load(path, os.environ)
        diagnostics = findings(settings)
    except ConfigurationError as error:
        diagnostics = error.diagnostics
    notices = settings.notices if settings else ()
    counting = {"error", "warning"} if strict else {"error"}
    levels = Counter(diagnostic.level for diagnostic in diagnostics)
    exit_code = EXIT_USAGE if levels.keys() & counting else EXIT_SUCCESS
    if as_json:
        members = [to_json(diagnostic) for diagnostic in diagnostics]
        document = {"schema": SCHEMA, "exit_code": exit_code, "file": str(path), "findings": members}
        print_json(document | {"notices": list(notices)})
        return exit_code
    printer = Printer()
    if show and settings is not None:
        for line in effective_lines(settings):
            printer.line(shown(line))
        printer.line()
    for diagnostic in diagnostics:
        show_diagnostic(diagnostic, printer)
    for notice in notices:
        printer.line(f"notice: {shown(notice)}")
    counts = [counted(levels[level], level) for level in ("error", "warning", "hint") if levels[level]]
    printer.line(f"{shown(str(path))}: {', '.join(counts) or 'no problems found'}", "" if counts else "green")
    return exit_code
