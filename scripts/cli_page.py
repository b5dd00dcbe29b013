"""``docs/reference/cli.md``: the help of every command, as the program prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mochok.cli.commands import EXIT_CODES, program

WIDTH = 100

_HEAD = """\
<!-- By `python -m scripts.generate` from the commands themselves; change src/mochok/cli instead. -->
# Commands

`mochok COMMAND --help` prints the same text. A number in brackets, as in `--gaps [N]`, is optional. Days are
`YYYY-MM-DD`, `today`, `yesterday` or `-3d`.

The PowerShell original's option names work too, in upper or lower case: `-TargetDate 2025-01-15`,
`-JsonOutput`, `-targetdate:2025-01-15`, `-DryRun`, `-Version`; and so does `clear logs`.

On a terminal, output is coloured and as wide as the window, and `sync` updates its progress in place. With
`NO_COLOR` set there are no colours (bold and faint text remain), with `TERM=dumb` no control codes at all.
In a pipe, a file or a scheduled task, `sync` prints plain lines with the time, and its progress every 10 s.
Characters that the output's encoding does not have are printed as escapes, such as `\\u65e5`.
"""
_CODES_HEAD = """\
## Exit codes

| code | meaning |
|---|---|
"""


def cli_page() -> str:
    """The page, from the commands in the order of ``mochok --help``."""
    context = _context(program, "mochok", None)
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    return "\n".join([_HEAD, *_sections(program, context), _CODES_HEAD + codes])


def _sections(group: Any, context: Any) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = _context(command, name, context)
        yield f"## {inner.command_path}\n\n```text\n{_help(command, inner)}\n```\n"
        if hasattr(command, "list_commands"):
            yield from _sections(command, inner)


def _context(command: Any, name: str, parent: Any) -> Any:
    """What a command needs to write its help, as wide as this page wherever it is written."""
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    return command.context_class(command, info_name=name, parent=parent, **settings)


def _help(command: Any, context: Any) -> str:
    return "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())
