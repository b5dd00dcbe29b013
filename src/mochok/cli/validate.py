"""``mochok validate``: everything that is wrong or doubtful in the configuration, before the night."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mochok.cli.context import ConfigOption, load_settings
from mochok.errors import EXIT_SUCCESS, EXIT_USAGE, ConfigurationError

if TYPE_CHECKING:
    from mochok.cli.output import Voice
    from mochok.cli.remarks import Remark
    from mochok.config.schema import Settings

AsJson = Annotated[bool, typer.Option("--json", help="The findings as JSON on stdout.")]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings count as errors: exit code 2.")]
Show = Annotated[
    bool, typer.Option("--show", help="Also print the effective configuration, and where each value is from.")
]
SCHEMA = "mochok.validate/1"


def validate(
    as_json: AsJson = False, strict: Strict = False, show: Show = False, config: ConfigOption = None
) -> None:
    """Check the configuration file: mistakes, and what is allowed but probably not meant."""
    from mochok.cli.output import Voice, print_json
    from mochok.cli.remarks import as_plain, of_finding, of_problem, show_remark

    path, settings, remarks = _path(config), None, []
    try:
        settings = load_settings(config)
    except ConfigurationError as error:
        remarks = [of_problem(problem) for problem in error.problems]
    else:
        from mochok.wire.linting import findings  # loads botocore

        remarks = [of_finding(finding) for finding in findings(settings)]
    exit_code = _exit_code(remarks, strict=strict)
    notices = settings.notices if settings else ()
    if as_json:
        found = [as_plain(remark) for remark in remarks]
        document = {"schema": SCHEMA, "exit_code": exit_code, "file": str(path), "findings": found}
        print_json(document | {"notices": list(notices)})
        raise typer.Exit(exit_code)
    voice = Voice()
    if show and settings is not None:
        _show_effective(voice, settings)
    for remark in remarks:
        show_remark(voice, remark)
    _show_notices(voice, notices)
    _show_end(voice, path, remarks)
    raise typer.Exit(exit_code)


def _path(config: str | None) -> Path:
    from mochok.config.load import find_config

    return find_config(config, os.environ, Path.cwd())


def _exit_code(remarks: list[Remark], *, strict: bool) -> int:
    counting = ("error", "warning") if strict else ("error",)
    return EXIT_USAGE if any(remark.level in counting for remark in remarks) else EXIT_SUCCESS


def _show_effective(voice: Voice, settings: Settings) -> None:
    from mochok.config.effective import effective_lines
    from mochok.report.text.formatting import shown

    for line in effective_lines(settings):
        voice.say(shown(line))
    voice.say()


def _show_notices(voice: Voice, notices: tuple[str, ...]) -> None:
    from mochok.report.text.formatting import shown

    for notice in notices:
        voice.say(f"notice: {shown(notice)}")


def _show_end(voice: Voice, path: Path, remarks: list[Remark]) -> None:
    from mochok.plurals import counted
    from mochok.report.text.formatting import shown

    counts = [
        counted(count, word)
        for word in ("error", "warning", "hint")
        if (count := sum(remark.level == word for remark in remarks))
    ]
    if counts:
        voice.say(f"{shown(str(path))}: {', '.join(counts)}")
    else:
        voice.say(f"{shown(str(path))}: nothing to complain about", "green")
