"""The one function that turns an error into a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from mochok.cli.commands import program
from mochok.cli.context import warn
from mochok.errors import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_SUCCESS, ConfigurationError, MochokError
from mochok.plurals import counted
from mochok.report.text.formatting import shown
from mochok.report.text.screen import SafeStream


def run(words: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors are printed on stderr."""
    try:
        with program.make_context("mochok", list(words)) as context:
            return program.invoke(context) or EXIT_SUCCESS
    except click.exceptions.Exit as ended:  # --help, --version
        return ended.exit_code
    except (click.ClickException, MochokError) as error:
        explain(error)
        return error.exit_code
    except KeyboardInterrupt:
        warn("interrupted")
        return EXIT_INTERRUPTED
    except (OSError, UnicodeError) as error:
        _discard_output()
        if isinstance(error, BrokenPipeError):
            return EXIT_SUCCESS  # the reader exited (| head): not an error, and nobody can read a message
        warn(f"mochok: {shown(_reason(error))}")
        return EXIT_FAILURE


def explain(error: click.ClickException | MochokError) -> None:
    """Print ``error`` on stderr, with its hint."""
    if isinstance(error, click.ClickException):
        try:
            error.show()
        except OSError:  # a full disk behind stderr, which Python's own flush at exit would find too
            SafeStream(sys.stderr).lose()
    elif isinstance(error, ConfigurationError):
        _explain_configuration(error)
    else:
        warn(f"mochok: {shown(error.message)}")
        if error.hint:
            warn(f"  hint: {shown(error.hint)}")


def _explain_configuration(error: ConfigurationError) -> None:
    from mochok.cli.diagnostics import show_diagnostic  # only when something is wrong
    from mochok.cli.output import Printer

    printer = Printer(sys.stderr)
    for diagnostic in error.diagnostics:
        show_diagnostic(diagnostic, printer, with_level=False)
    printer.line(f"{counted(len(error.diagnostics), 'mistake')} in the configuration; nothing was done.")


def _reason(error: OSError | UnicodeError) -> str:
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    if isinstance(error, FileNotFoundError) and not error.filename:
        return "the current folder does not exist"
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _discard_output() -> None:
    """Drop what stdout still holds if it cannot be written: Python's own flush at exit would fail too."""
    try:
        sys.stdout.flush()
    except OSError:
        SafeStream(sys.stdout).lose()
