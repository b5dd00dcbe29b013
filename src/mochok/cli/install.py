"""``mochok install`` (also ``doctor``): everything that a scheduled run needs, looked at and prepared."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mochok.cli.context import config_option
from mochok.cli.framework import Command
from mochok.cli.output import Voice, print_json
from mochok.doctor.check import Check, could_run, plain
from mochok.doctor.configuration import Found
from mochok.doctor.examine import Question, examine, find
from mochok.doctor.scheduled import Surroundings, lacking, references, without
from mochok.errors import EXIT_PREREQUISITE, EXIT_SUCCESS
from mochok.plurals import counted
from mochok.report.text.formatting import shown

_MARKS = {"ok": ("✓", "green"), "note": ("·", ""), "warning": ("!", "yellow"), "error": ("✗", "red")}
SCHEMA = "mochok.install/1"


@click.command(
    cls=Command,
    examples=[
        ("mochok install", "check, or write a configuration"),
        ("mochok install --probe", "also upload and delete a small object"),
        ("mochok install --as-scheduled", "check as cron or systemd would run it"),
    ],
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
    """Check and prepare all that a run needs; write a commented sync-config.yaml if there is none."""

    voice, checks = Voice(), []
    for check in _checks(config, with_probe=probe, as_scheduled=as_scheduled):
        checks.append(check)
        if not as_json:
            _show(voice, check)
    exit_code = EXIT_SUCCESS if could_run(checks) else EXIT_PREREQUISITE
    if as_json:
        print_json({"schema": SCHEMA, "exit_code": exit_code, "checks": [plain(check) for check in checks]})
    else:
        _show_end(voice, checks, exit_code)
    return exit_code


def _checks(config: str | None, *, with_probe: bool, as_scheduled: bool) -> Iterator[Check]:

    question = Question(config, dict(os.environ), Path.cwd(), with_probe)
    found = find(question)
    if as_scheduled:
        tree = found.settings.tree if found.settings else None
        yield from lacking(_surroundings(found, config), tree)
        kept = without(os.environ, references(tree) if tree else {})
        os.environ.clear()
        os.environ.update(kept)
        question = Question(str(found.path), dict(kept), Path.cwd(), with_probe)
        found = find(question)
    yield from examine(question, found)


def _surroundings(found: Found, config: str | None) -> Surroundings:

    program = shutil.which(sys.argv[0]) or sys.argv[0]
    return Surroundings(
        environ=dict(os.environ),
        config_path=found.path.absolute(),
        explicit=config is not None,
        program=Path(os.path.abspath(program)),
        home=Path.home(),
    )


def _show(voice: Voice, check: Check) -> None:

    mark, style = _MARKS[check.level]
    if not (voice.screen.live and voice.screen.carries(mark)):
        mark = check.level.ljust(7)
    voice.say(f"{mark} {shown(check.subject)}", style, rest=f": {shown(check.message)}")
    if check.hint:
        voice.say(f"{' ' * len(mark)}   -> {shown(check.hint)}")


def _show_end(voice: Voice, checks: list[Check], exit_code: int) -> None:

    errors = sum(check.level == "error" for check in checks)
    warnings = sum(check.level == "warning" for check in checks)
    voice.say()
    if exit_code:
        voice.say(
            f"A run could not work: {counted(errors, 'error')}, {counted(warnings, 'warning')}.", "bold red"
        )
    elif warnings:
        voice.say(f"A run can work; {counted(warnings, 'warning')} to look at.", "bold yellow")
    else:
        voice.say("Everything that a run needs is there.", "bold green")
