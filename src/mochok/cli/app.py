"""The commands in one place, and the one function that turns an error into a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mochok import __version__
from mochok.cli.clear_logs import clear_logs
from mochok.cli.completion import completion
from mochok.cli.context import warn
from mochok.cli.demo import demo
from mochok.cli.explain import explain
from mochok.cli.history import history_app
from mochok.cli.install import install
from mochok.cli.original import modern
from mochok.cli.schema import schema
from mochok.cli.status import status
from mochok.cli.strategies import strategies
from mochok.cli.sync import sync
from mochok.cli.validate import validate
from mochok.errors import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_SUCCESS, ConfigurationError, MochokError
from mochok.plurals import counted
from mochok.report.text.formatting import shown

# The mark \b keeps the lines apart; without it they would be filled up like a paragraph.
EXIT_CODES = """\b
Exit codes:
    0  all succeeded or were skipped
    1  a configuration or a file failed
    2  bad usage or configuration
    3  prerequisites missing (credentials, engine)
    4  status --gaps found gaps
    5  all went well but files were left out
   75  another run holds the lock
  130  interrupted
"""
_ORDER = (
    "sync", "status", "history", "install", "validate", "explain", "strategies", "schema", "clear-logs",
    "demo", "completion", "help",
)  # fmt: skip


class _InOrder(TyperGroup):
    """The commands in the order in which people need them."""

    def list_commands(self, ctx: Any) -> list[str]:
        known = super().list_commands(ctx)
        return [name for name in _ORDER if name in known] + [name for name in known if name not in _ORDER]


app = typer.Typer(
    name="mochok",
    cls=_InOrder,
    help="Brings dated folders of files to S3 and proves, day by day, what arrived.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,  # `mochok completion` has scripts that know names with spaces
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"mochok {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Brings dated folders of files to S3 and proves, day by day, what arrived."""


app.command(short_help="Bring the folders of a date to S3.")(sync)
app.command(short_help="Show how the last run went, and which days are complete.")(status)
app.add_typer(history_app, name="history", short_help="List the runs, and show one in full.")
app.command(short_help="Check and prepare what a run needs (also: doctor).")(install)
app.command("doctor", hidden=True)(install)
app.command(short_help="Find mistakes in the configuration.")(validate)
app.command(short_help="Tell what a sync does with one file, and why.")(explain)
app.command(short_help="List the strategies with options and examples.")(strategies)
app.command(short_help="Print the configuration's JSON Schema.")(schema)
app.command("clear-logs", short_help="Remove old log files.")(clear_logs)
app.command(short_help="Show it all with sample data on this machine.")(demo)
app.command(short_help="Print the script that makes a shell complete.")(completion)


@app.command("help", short_help="Show this, or what a command does.")
def show_help(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]", help="The command to explain.", show_default=False),
    ] = None,
) -> None:
    """Show what a command does, or all commands."""
    raise typer.Exit(run([*(command or ()), "--help"]))


def run(words: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors are told on stderr."""
    try:
        app(args=modern(words), prog_name="mochok")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else EXIT_FAILURE
    except KeyboardInterrupt:
        warn("interrupted")
        return EXIT_INTERRUPTED
    except MochokError as error:
        _explain(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader went away (| head): not our fault, and nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_SUCCESS


def _explain(error: MochokError) -> None:
    if isinstance(error, ConfigurationError):
        _explain_configuration(error)
        return
    warn(f"mochok: {shown(error.message)}")
    if error.hint:
        warn(f"  hint: {shown(error.hint)}")


def _explain_configuration(error: ConfigurationError) -> None:
    from mochok.cli.output import Voice  # only when something is wrong
    from mochok.cli.remarks import line_of, of_problem, point_at

    voice = Voice(sys.stderr)
    for remark in map(of_problem, error.problems):
        voice.sentence(line_of(remark))
        point_at(voice, remark)
    voice.say(f"{counted(len(error.problems), 'mistake')} in the configuration; nothing was done.")
