"""What ``mochok sync`` does; a module of its own, because it loads everything that a run needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date

from mochok.cli.context import clock_of, load_settings
from mochok.cli.output import print_json
from mochok.cli.process import collect_garbage_seldom, stop_on_signals
from mochok.cli.sync import Options
from mochok.clock import parse_day
from mochok.config.allow_deletes import allowing_deletes
from mochok.config.jobs import selected
from mochok.errors import UsageError
from mochok.events import Event, RunFinished
from mochok.queries.planning import Dates, Plan
from mochok.queries.summary import summary_rows
from mochok.report.documents.sync import run_document
from mochok.report.listeners.console import open_console
from mochok.run.days import days_between
from mochok.wire.run import RunRequest, run


def upload(options: Options) -> int:
    """Run the configurations; returns the exit code. Raises MochokError if the run cannot start."""
    settings = load_settings(options.config)
    collect_garbage_seldom()
    clock, silent = clock_of(settings), options.quiet or options.as_json
    finished: list[RunFinished] = []
    with (
        stop_on_signals() as stop,
        open_console(
            quiet=silent,
            verbose=options.verbose,
            stream=sys.stderr if options.as_json else sys.stdout,
            environ=os.environ,
            clock=clock,
            stopping=lambda: stop.requested,
        ) as console,
    ):

        def announce(plans: Sequence[Plan]) -> None:
            if not silent:
                console.show_summary(summary_rows(settings, plans, stop))

        def listen(event: Event) -> None:
            console(event)
            if isinstance(event, RunFinished):
                finished.append(event)

        request = RunRequest(
            configurations=allowing_deletes(selected(settings, options.only), options.allow_deletes),
            dates=_dates(options, clock.now().date()),
            dry_run=options.dry_run,
            parallel=options.jobs or settings.global_settings.parallel_configurations,
            lock_wait_seconds=options.lock_wait,
            details=options.verbose or options.log_json is not None,
            listener=listen,
            log_json=options.log_json,
            announce=announce,
        )
        outcome = run(settings, request, clock, stop)
    if options.as_json:
        for event in finished:
            print_json(run_document(event, outcome.exit_code))
    return outcome.exit_code


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
        days = _range(parse_day(first, today), parse_day(last, today))
    else:
        days = (parse_day(target_date or "yesterday", today),)
    if days[-1] > today:
        raise UsageError(f"{days[-1]} is in the future", hint=f"today is {today}; name a day up to then")
    return Dates(days, plain=first is None and target_date is None)


def _range(first: date, last: date) -> tuple[date, ...]:
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}", hint="swap them")
    return tuple(days_between(first, last))
