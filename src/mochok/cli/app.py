"""The commands in one place, and the one function that turns an error into a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from mochok import __version__
from mochok.cli.clear_logs import clear_logs
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

EXIT_CODES = """Exit codes: 0 all succeeded or were skipped; 1 a configuration or a file failed;
2 bad usage or configuration; 3 prerequisites missing (credentials, engine); 4 status --gaps found gaps;
5 all went well but files were left out; 75 another run holds the lock; 130 interrupted."""

app = typer.Typer(
    name="mochok",
    help="Brings dated folders of files to S3 and proves, day by day, what arrived.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
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


app.command()(sync)
app.command()(status)
app.add_typer(history_app, name="history")
app.command()(install)
app.command("doctor", hidden=True)(install)
app.command()(validate)
app.command()(explain)
app.command()(schema)
app.command()(strategies)
app.command("clear-logs")(clear_logs)
app.command()(demo)


@app.command("help")
def show_help(context: typer.Context, command: Annotated[str | None, typer.Argument()] = None) -> None:
    """Show what a command does, or all commands."""
    arguments = [command, "--help"] if command else ["--help"]
    raise typer.Exit(run(arguments))


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
        for problem in error.problems:
            warn(str(problem))
        count = len(error.problems)
        warn(f"{count} mistake{'s' if count != 1 else ''} in the configuration; nothing was done.")
        return
    warn(f"mochok: {error.message}")
    if error.hint:
        warn(f"  hint: {error.hint}")
