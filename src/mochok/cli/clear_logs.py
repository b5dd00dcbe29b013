"""``mochok clear-logs``: remove old log files now instead of at the next run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import click

from mochok.cli.context import clock_of, config_option, load_settings, warn
from mochok.cli.framework import command
from mochok.cli.output import Printer
from mochok.clock import TEN_YEARS_DAYS
from mochok.config.schema import Settings
from mochok.errors import EXIT_FAILURE, EXIT_SUCCESS, StateError, UsageError
from mochok.plurals import counted
from mochok.records.retention import RUNS_COMPARED, clock_jump
from mochok.report import log_retention
from mochok.report.log_retention import Cleared
from mochok.report.text.formatting import shown, size_text
from mochok.state.ledger import read_ledger

OTHERS_NAMED = 5


@command(
    ("mochok clear-logs", "logs older than the retention"),
    ("mochok clear-logs --keep-last-days 30", "logs older than 30 days"),
)
@click.option(
    "--keep-last-days",
    type=click.IntRange(0, TEN_YEARS_DAYS),
    metavar="N",
    help="Keep the log files that contain the last N days.",
)
@click.option("--all", "everything", is_flag=True, help="Remove every log file, the current month's too.")
@click.option("--remove-directory", is_flag=True, help="Then remove the log folder too, if it is empty.")
@config_option
def clear_logs(
    *, keep_last_days: int | None, everything: bool, remove_directory: bool, config: str | None
) -> int:
    """Remove old log files; without options those older than log_retention_months.

    While the clock contradicts the last runs, only --all removes any.
    """
    if everything and keep_last_days is not None:
        raise UsageError("--all and --keep-last-days exclude each other", hint="give one of them")
    settings = load_settings(config)
    folder, now = settings.global_settings.log_directory, clock_of(settings).now()
    if not everything:
        _check_clock(settings, now)
    words, expired = _rule(settings, keep_last_days, everything=everything)
    try:
        if not folder.exists():
            Printer().line(f"There is no log folder {shown(str(folder))}; nothing to clear.")
            return EXIT_SUCCESS
        cleared = log_retention.clear_logs(
            folder, now.date(), goes=expired, remove_directory=remove_directory
        )
    except OSError as error:
        hint = "correct global.log_directory"
        raise StateError(f"the log folder {folder} cannot be read: {error.strerror}", hint=hint) from error
    _show(folder, words, cleared, remove_directory=remove_directory)
    return EXIT_FAILURE if cleared.problems else EXIT_SUCCESS


def _check_clock(settings: Settings, now: datetime) -> None:
    """Raise UsageError if the clock contradicts the last runs: it decides what is old."""
    ledger = read_ledger(settings.global_settings.ledger_file, warn=warn)
    try:
        jump = clock_jump(now, ledger.runs(limit=RUNS_COMPARED))
    finally:
        ledger.close()
    if jump:
        hint = "correct the clock; if it is right, run mochok sync first, or remove every log with --all"
        raise UsageError(f"{jump}; nothing was removed", hint=hint)


def _rule(
    settings: Settings, keep_last_days: int | None, *, everything: bool
) -> tuple[str, Callable[[str, date], bool]]:
    """Which log files to remove, in words and as a function of a file's name and today's date."""
    if everything:
        return "every log file", log_retention.every
    if keep_last_days is not None:
        days = counted(keep_last_days, "day")
        return f"log files with nothing of the last {days}", log_retention.by_days(keep_last_days)
    months = settings.global_settings.log_retention_months
    words = f"log files older than {counted(months, 'month')} (log_retention_months)"
    return words, log_retention.by_months(months)


def _show(folder: Path, words: str, cleared: Cleared, *, remove_directory: bool) -> None:
    printer = Printer()
    printer.line(f"Log folder {shown(str(folder))}: removing {words}")
    for path in cleared.removed:
        printer.line(f"  removed  {shown(path.name)}")
    for path in cleared.kept:
        printer.line(f"  kept     {shown(path.name)}")
    removed, kept = size_text(cleared.removed_bytes), size_text(cleared.kept_bytes)
    printer.line(
        f"{counted(len(cleared.removed), 'log file')} removed ({removed}), {len(cleared.kept)} kept ({kept})."
    )
    if cleared.directory_removed:
        printer.line("The folder was empty and was removed.")
    elif cleared.others:
        more = ", ..." if len(cleared.others) > OTHERS_NAMED else ""
        names = ", ".join(map(shown, cleared.others[:OTHERS_NAMED]))
        printer.line(f"Other files in the folder were kept: {names}{more}")
    if remove_directory and not cleared.directory_removed:
        printer.line("The folder was kept: it is not empty.")
    for problem in cleared.problems:
        warn(shown(problem))
