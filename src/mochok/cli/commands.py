"""The table of commands: a command is one file, which is imported when the command is invoked."""

from __future__ import annotations

from importlib import import_module

import click
from click.shell_completion import CompletionItem

from mochok import __version__
from mochok.cli.framework import Group
from mochok.cli.original import normalized

EXIT_CODES = {
    0: "all succeeded or were skipped",
    1: "a configuration or a file failed",
    2: "bad usage or configuration",
    3: "prerequisites missing (credentials, engine)",
    4: "status --gaps found gaps",
    5: "succeeded, but unreadable files were skipped",
    75: "another run holds the lock",
    130: "interrupted",
}
COMMANDS = {
    "sync": "Upload a date's folders to S3.",
    "status": "Show the last run, and which days are complete.",
    "accept": "Explain a gap, so that it is none any more.",
    "history": "List the runs, and show one in full.",
    "install": "Check and prepare what a run needs (also: doctor).",
    "validate": "Find mistakes in the configuration.",
    "accept-deletes": "Allow deletions that were refused.",
    "explain": "Show what a sync does with one file, and why.",
    "strategies": "List the strategies with options and examples.",
    "ledger": "Rename a configuration in the ledger, or forget days.",
    "schema": "Print the configuration's JSON Schema.",
    "clear-logs": "Remove old log files.",
    "demo": "Show everything with sample data on this machine.",
    "completion": "Print the script for completion in a shell.",
    "help": "Show this, or the help of a command.",
}
"""Name -> what it does, in the order of ``mochok --help``. ``clear-logs`` is ``clear_logs`` in
``cli/clear_logs.py``, which is imported when the command is needed."""
_BY_NORMALIZED_NAME = {normalized(name): name for name in COMMANDS} | {"doctor": "install"}


class _Commands(Group):
    """The commands of the table, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = _BY_NORMALIZED_NAME.get(normalized(cmd_name), "").replace("-", "_")
        command: click.Command | None = getattr(import_module(f"mochok.cli.{name}"), name) if name else None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command at the beginning of ``args`` and the rest; ``clear logs`` is one command."""
        for count in (1, 2):
            name = normalized("".join(args[:count]))
            if command := self.get_command(ctx, name):
                return _BY_NORMALIZED_NAME[name], command, args[count:]
        if ctx.resilient_parsing:
            return args[0], click.Command(args[0]), []  # a shell asks: nothing fits
        from mochok.cli.unknown import unknown_command  # only when something is wrong

        raise unknown_command(args[0], COMMANDS)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        found = [
            CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl([(f"{code:3d}", meaning) for code, meaning in EXIT_CODES.items()])


@click.group(cls=_Commands, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", "-V", message="mochok %(version)s", help="Print the version.")
def program() -> None:
    """Uploads dated folders of files to S3 and proves, day by day, what arrived."""
