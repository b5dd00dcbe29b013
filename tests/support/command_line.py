"""Parsing a command line as ``mochok`` does, without running it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import click
from click.exceptions import Exit

from mochok.cli.commands import program


def parse(words: Sequence[str]) -> dict[str, object]:
    """The parameters of the command that ``words`` name. Raises what the program would print as an error."""
    context = click.Context(program, info_name="mochok", **program.context_settings)
    name, command, rest = program.resolve_command(context, list(words))
    with contextlib.suppress(Exit):  # --help ends as soon as it is understood
        while command is not None:
            context = command.make_context(name, list(rest), parent=context)
            if not isinstance(command, click.Group) or not rest or rest[0] not in command.commands:
                return context.params
            name, command, rest = command.resolve_command(context, list(rest))
    return {}
