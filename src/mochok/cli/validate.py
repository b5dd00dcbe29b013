"""``mochok validate``: everything that is wrong or doubtful in the configuration, before the night."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mochok.cli.context import config_option
from mochok.cli.framework import Command
from mochok.cli.output import Voice, print_json
from mochok.cli.remarks import Remark, as_plain, of_finding, of_problem, show_remark
from mochok.config.effective import effective_lines
from mochok.config.load import find_config, load
from mochok.config.schema import Settings
from mochok.errors import EXIT_SUCCESS, EXIT_USAGE, ConfigurationError
from mochok.plurals import counted
from mochok.report.text.formatting import shown
from mochok.wire.linting import findings

SCHEMA = "mochok.validate/1"


@click.command(
    cls=Command,
    examples=[
        ("mochok validate", "mistakes, with line and column"),
        ("mochok validate --strict", "fail on warnings too"),
        ("mochok validate --show", "the values in effect"),
    ],
)
@click.option("--json", "as_json", is_flag=True, help="Print the diagnostics as JSON on stdout.")
@click.option("--strict", is_flag=True, help="Warnings count as errors: exit code 2.")
@click.option(
    "--show", is_flag=True, help="Also print the effective configuration, with the origin of each value."
)
@config_option
def validate(*, as_json: bool, strict: bool, show: bool, config: str | None) -> int:
    """Check the configuration file: mistakes, and what is allowed but probably not meant."""

    path, settings, remarks = find_config(config, os.environ, Path.cwd()), None, []
    try:
        settings = load(path, os.environ)
    except ConfigurationError as error:
        remarks = [of_problem(problem) for problem in error.problems]
    else:
        remarks = [of_finding(finding) for finding in findings(settings)]
    exit_code = _exit_code(remarks, strict=strict)
    notices = settings.notices if settings else ()
    if as_json:
        found = [as_plain(remark) for remark in remarks]
        document = {"schema": SCHEMA, "exit_code": exit_code, "file": str(path), "findings": found}
        print_json(document | {"notices": list(notices)})
        return exit_code
    voice = Voice()
    if show and settings is not None:
        _show_effective(voice, settings)
    for remark in remarks:
        show_remark(voice, remark)
    _show_notices(voice, notices)
    _show_end(voice, path, remarks)
    return exit_code


def _exit_code(remarks: list[Remark], *, strict: bool) -> int:
    counting = ("error", "warning") if strict else ("error",)
    return EXIT_USAGE if any(remark.level in counting for remark in remarks) else EXIT_SUCCESS


def _show_effective(voice: Voice, settings: Settings) -> None:

    for line in effective_lines(settings):
        voice.say(shown(line))
    voice.say()


def _show_notices(voice: Voice, notices: tuple[str, ...]) -> None:

    for notice in notices:
        voice.say(f"notice: {shown(notice)}")


def _show_end(voice: Voice, path: Path, remarks: list[Remark]) -> None:

    counts = [
        counted(count, word)
        for word in ("error", "warning", "hint")
        if (count := sum(remark.level == word for remark in remarks))
    ]
    if counts:
        voice.say(f"{shown(str(path))}: {', '.join(counts)}")
    else:
        voice.say(f"{shown(str(path))}: no problems found", "green")
