"""``mochok help COMMAND``: the same as ``mochok COMMAND --help``."""

from __future__ import annotations

import click

from mochok.cli.commands import COMMANDS
from mochok.cli.context import fixed_words
from mochok.cli.framework import command


@command(("mochok help", "all commands"), ("mochok help sync", "one command's options"))
@click.argument("command", nargs=-1, shell_complete=fixed_words(*COMMANDS), help="The command to explain.")
@click.pass_context
def help(context: click.Context, command: tuple[str, ...]) -> None:
    """Show what a command does, or all commands."""
    program = context.find_root().command
    with program.make_context("mochok", [*command, "--help"]) as asked:
        program.invoke(asked)
