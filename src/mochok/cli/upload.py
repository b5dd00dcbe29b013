"""What ``mochok sync`` does; a module of its own, because it loads everything that a run needs."""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta

from mochok.cli.app import explain
from mochok.cli.context import clock_of, configuration_path, warn
from mochok.cli.output import print_json
from mochok.cli.process import collect_garbage_seldom, stop_on_signals
from mochok.cli.sync import Options
from mochok.clock import TEN_YEARS_DAYS, days_between, parse_day
from mochok.config.jobs import selected
from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.errors import MochokError, UsageError
from mochok.queries.planning import Dates
from mochok.report.documents.sync import run_document
from mochok.report.listeners.console import open_console
from mochok.run.listeners import Listeners
from mochok.wire.run import RunRequest, run

_MOST_DIGITS = 12


def upload(options: Options) -> int:
    """Run the configurations; returns the exit code. Raises MochokError if the run cannot start."""
    path = configuration_path(options.config)
    try:
        settings = load(path, os.environ)
        clock = clock_of(settings)
        request = _request(options, settings, clock.now().date())
    except MochokError as error:
        if not options.dry_run:
            from mochok.wire.refusal import record_refusal  # only when something is wrong

            record_refusal(path, error, options.log_json)
        raise
    collect_garbage_seldom()
    silent = options.quiet or options.as_json
    listeners = Listeners()
    try:
        with stop_on_signals() as stop, listeners:
            console = open_console(
                quiet=silent,
                verbose=options.verbose,
                stream=sys.stderr if options.as_json else sys.stdout,
                environ=os.environ,
                clock=clock,
                stopping=lambda: stop.requested,
            )
            listeners.add("the console", console, console.close)
            outcome = run(settings, request, listeners, clock, stop)
    except MochokError as error:
        _warn_of_faults(listeners)
        if listeners.hanging:  # as below
            explain(error)
            os._exit(error.exit_code)
        raise
    _warn_of_faults(listeners)
    if options.as_json:
        print_json(run_document(outcome.finished, outcome.exit_code))
    if listeners.hanging:  # a thread that hangs in a write would hold up the end of the interpreter
        os._exit(outcome.exit_code)
    return outcome.exit_code


def _warn_of_faults(listeners: Listeners) -> None:
    for fault in listeners.faults:
        warn(f"mochok: {fault}")


def _request(options: Options, settings: Settings, today: date) -> RunRequest:
    if foreign := settings.global_settings.foreign_paths:
        hint = "write a path of this system"
        raise UsageError(f"global.{foreign[0]} is a Windows path, and this is another system", hint=hint)
    chosen = selected(settings, options.only)
    if not chosen:
        hint = f"set enabled: true in one of those in {settings.path}, or name one with --only"
        raise UsageError("nothing to do: no configuration is enabled", hint=hint)
    return RunRequest(
        configurations=chosen,
        dates=_dates(options, today),
        dry_run=options.dry_run,
        parallel=options.jobs or settings.global_settings.parallel_configurations,
        lock_wait_seconds=options.lock_wait,
        details=options.verbose or options.log_json is not None,
        summary=not (options.quiet or options.as_json),
        log_json=options.log_json,
        allow_deletes=_allowed_deletes(options.allow_deletes),
    )


def _allowed_deletes(allowed: str | None) -> int | None:
    """The number of objects that ``allowed`` (a number or all) means. Raises UsageError.

    An empty or missing source still deletes nothing.
    """
    if allowed is None:
        return None
    word = allowed.strip().lower()
    is_number = word.isascii() and word.isdecimal()
    hint = "write --allow-deletes 1200, for example; `mochok sync --dry-run` shows the number"
    if is_number and len(word) > _MOST_DIGITS:
        raise UsageError(f"--allow-deletes {word} is too large", hint=hint)
    if word != "all" and not is_number:
        raise UsageError(f"--allow-deletes needs a number of objects or all, not {allowed!r}", hint=hint)
    return sys.maxsize if word == "all" else int(word)


def _dates(options: Options, today: date) -> Dates:
    """The days to run; yesterday if none is named. Raises UsageError.

    A day in the future cannot be complete; the ledger must never record it.
    """
    target_date, first, last, catch_up = options.target_date, options.first, options.last, options.catch_up
    if sum(option is not None for option in (target_date, first, catch_up)) > 1:
        raise UsageError("--target-date, --from and --catch-up exclude each other", hint="give one of them")
    if (first is None) != (last is None):
        raise UsageError("--from and --to belong together", hint="such as --from 2025-01-01 --to 2025-01-31")
    if catch_up is not None:
        return Dates((parse_day("yesterday", today),), catch_up_days=catch_up)
    if first is not None and last is not None:
        begin, end = parse_day(first, today), parse_day(last, today)
        _check_range(begin, end, today)
        days = tuple(days_between(begin, end))
    else:
        days = (parse_day("yesterday" if target_date is None else target_date, today),)
        _check_past(days[0], today)
    return Dates(days, plain=first is None and target_date is None)


def _check_range(begin: date, end: date, today: date) -> None:
    """Raise UsageError unless the range lies in the last ten years."""
    _check_past(end, today)
    if begin > end:
        raise UsageError(f"--from {begin} is after --to {end}", hint="swap them")
    earliest = today - timedelta(days=TEN_YEARS_DAYS)
    if begin < earliest:
        hint = f"begin with {earliest} or later; --target-date uploads a single older day"
        raise UsageError(f"--from {begin} is more than ten years ago", hint=hint)


def _check_past(day: date, today: date) -> None:
    if day > today:
        raise UsageError(f"{day} is in the future", hint=f"today is {today}; name a day up to then")
