"""``mochok install`` (also ``doctor``): check and prepare everything that a scheduled run needs."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from mochok.cli.context import config_option
from mochok.cli.framework import command
from mochok.cli.output import Printer, print_json
from mochok.doctor.check import Check
from mochok.doctor.configuration import find_or_write
from mochok.doctor.examine import examine, examine_in
from mochok.doctor.scheduled import Invocation, job_environment, references, session_only
from mochok.errors import EXIT_PREREQUISITE, EXIT_SUCCESS
from mochok.plurals import counted
from mochok.report.text.formatting import shown

_MARKS = {"ok": ("✓", "green"), "note": ("·", ""), "warning": ("!", "yellow"), "error": ("✗", "red")}
SCHEMA = "mochok.install/1"


@command(
    ("mochok install", "check, or write a configuration"),
    ("mochok install --probe", "also upload and delete a small object"),
    ("mochok install --as-scheduled", "check as cron or systemd would run it"),
)
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON on stdout.")
@click.option("--probe", is_flag=True, help="Also write a small object below each prefix and delete it.")
@click.option(
    "--as-scheduled",
    is_flag=True,
    help="Show what this session has that a scheduled job will not; check without it.",
)
@config_option
def install(*, as_json: bool, probe: bool, as_scheduled: bool, config: str | None) -> int:
    """Check and prepare everything that a run needs; write a commented sync-config.yaml if there is none."""
    printer, checks = Printer(), []
    for check in _checks(config, with_probe=probe, as_scheduled=as_scheduled):
        checks.append(check)
        if not as_json:
            _show(printer, check)
    levels = Counter(check.level for check in checks)
    exit_code = EXIT_PREREQUISITE if levels["error"] else EXIT_SUCCESS
    if as_json:
        found = [check.to_json() for check in checks]
        print_json({"schema": SCHEMA, "exit_code": exit_code, "checks": found})
        return exit_code
    printer.line()
    warnings = counted(levels["warning"], "warning")
    if levels["error"]:
        printer.line(f"Not ready: {counted(levels['error'], 'error')}, {warnings}.", "bold red")
    elif levels["warning"]:
        printer.line(f"Ready to run; {warnings}.", "bold yellow")
    else:
        printer.line("Ready to run.", "bold green")
    return exit_code


def _checks(config: str | None, *, with_probe: bool, as_scheduled: bool) -> Iterator[Check]:
    found = find_or_write(config, os.environ, Path.cwd())
    if not as_scheduled:
        yield from examine(found, with_probe=with_probe)
        return
    used = references(found.settings.tree) if found.settings else {}
    command = Invocation(
        environ=os.environ,
        config_path=found.path.absolute(),
        explicit=config is not None,
        program=Path(os.path.abspath(shutil.which(sys.argv[0]) or sys.argv[0])),
        home=Path.home(),
    )
    yield from session_only(command, used)
    yield from examine_in(job_environment(os.environ, used), found.path, with_probe=with_probe)


def _show(printer: Printer, check: Check) -> None:
    mark, style = _MARKS[check.level]
    if not (printer.screen.live and printer.screen.carries(mark)):
        mark = check.level.ljust(7)
    printer.line(f"{mark} {shown(check.subject)}", style, rest=f": {shown(check.message)}")
    if check.hint:
        printer.line(f"{' ' * len(mark)}   -> {shown(check.hint)}")
