"""``mochok clear-logs``: old log files go now instead of at the next run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from mochok.cli.context import clock_of, config_option, load_settings, warn
from mochok.cli.framework import Command
from mochok.cli.output import Voice
from mochok.clock import TEN_YEARS_DAYS
from mochok.config.schema import Settings
from mochok.errors import EXIT_FAILURE, EXIT_SUCCESS, StateError, UsageError
from mochok.plurals import counted
from mochok.report import log_retention
from mochok.report.log_retention import Cleared
from mochok.report.text.formatting import shown, size_text

OTHERS_NAMED = 5
_Rule = tuple[str, Callable[[str, date], bool]]


@click.command(
    cls=Command,
    examples=[
        ("mochok clear-logs", "logs older than the retention"),
        ("mochok clear-logs --keep-last-days 30", "logs older than 30 days"),
    ],
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
    """Remove old log files; without options those older than log_retention_months."""
    if everything and keep_last_days is not None:
        raise UsageError("--all and --keep-last-days exclude each other", hint="give one of them")
    settings = load_settings(config)
    words, goes = _rule(settings, keep_last_days, everything=everything)
    return _clear(settings, words, goes, remove_directory=remove_directory)


def _rule(settings: Settings, keep_last_days: int | None, *, everything: bool) -> _Rule:
    """What goes, in words and as a function of a log file's name and today's date."""
    if everything:
        return "every log file", log_retention.every
    if keep_last_days is not None:
        days = counted(keep_last_days, "day")
        return f"log files without anything of the last {days}", log_retention.by_days(keep_last_days)
    months = settings.global_settings.log_retention_months
    return f"log files older than {counted(months, 'month')} (log_retention_months)", log_retention.by_months(
        months
    )


def _clear(
    settings: Settings, words: str, goes: Callable[[str, date], bool], *, remove_directory: bool
) -> int:
    folder, today = settings.global_settings.log_directory, clock_of(settings).now().date()
    existed = folder.is_dir()
    try:
        cleared = log_retention.clear_logs(folder, today, goes=goes, remove_directory=remove_directory)
    except OSError as error:
        raise StateError(
            f"the log folder {folder} cannot be read: {error.strerror}", hint="correct global.log_directory"
        ) from error
    _tell(folder, words, cleared, existed=existed, remove_directory=remove_directory)
    return EXIT_FAILURE if cleared.problems else EXIT_SUCCESS


def _tell(folder: Path, words: str, cleared: Cleared, *, existed: bool, remove_directory: bool) -> None:
    voice = Voice()
    if not existed:
        voice.say(f"There is no log folder {shown(str(folder))}; nothing to clear.")
        return
    voice.say(f"Log folder {shown(str(folder))}: removing {words}")
    for path in cleared.removed:
        voice.say(f"  removed  {shown(path.name)}")
    for path in cleared.kept:
        voice.say(f"  kept     {shown(path.name)}")
    gone, stays = size_text(cleared.removed_bytes), size_text(cleared.kept_bytes)
    voice.say(
        f"{counted(len(cleared.removed), 'log file')} removed ({gone}), {len(cleared.kept)} kept ({stays})."
    )
    if cleared.directory_removed:
        voice.say("The folder was empty and is removed.")
    elif cleared.others:
        more = ", ..." if len(cleared.others) > OTHERS_NAMED else ""
        names = ", ".join(map(shown, cleared.others[:OTHERS_NAMED]))
        voice.say(f"The folder also holds what is no log of Mochok's and stays: {names}{more}")
    if remove_directory and not cleared.directory_removed:
        voice.say("The folder stays: it is not empty.")
    for problem in cleared.problems:
        warn(shown(problem))
