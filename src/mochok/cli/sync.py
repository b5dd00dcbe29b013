"""``mochok sync``: the main job."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from mochok.cli.context import (
    clock_of,
    config_option,
    day_option,
    load_settings,
    only_option,
    target_date_option,
)
from mochok.cli.framework import Command, optional_number
from mochok.cli.output import print_json
from mochok.cli.process import collect_garbage_seldom, stop_on_signals
from mochok.clock import TEN_YEARS_DAYS
from mochok.events import Event, RunFinished
from mochok.report.documents.sync import run_document

if TYPE_CHECKING:
    from mochok.config.schema import Settings
    from mochok.queries.planning import Plan


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, as parsed."""

    target_date: str | None
    first: str | None
    last: str | None
    catch_up: int | None
    only: tuple[str, ...]
    dry_run: bool
    allow_deletes: str | None
    jobs: int | None
    lock_wait: float
    quiet: bool
    verbose: bool
    as_json: bool
    log_json: str | None
    config: str | None


@click.command(
    cls=Command,
    examples=[
        ("mochok sync", "upload yesterday's folders"),
        ("mochok sync --dry-run --only Invoices", "show, without uploading"),
        ("mochok sync --from 2025-01-01 --to 2025-01-31", "upload a month"),
    ],
)
@target_date_option
@day_option("--from", "first", help="First day of a range.")
@day_option("--to", "last", help="Last day of the range.")
@optional_number(
    "--catch-up", 30, (0, TEN_YEARS_DAYS), help="Every incomplete expected day of the last N (30)."
)
@only_option(help="Only this configuration, even if disabled; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option(
    "--allow-deletes",
    metavar="N|all",
    help="This run may delete N objects of each configuration, whatever delete_guard says.",
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), metavar="N", help="Configurations at the same time."
)
@click.option(
    "--lock-wait", type=click.FloatRange(0), default=0, metavar="S", help="Wait for another run to end."
)
@click.option("--quiet", "-q", is_flag=True, help="Print only warnings and errors.")
@click.option("--verbose", "-v", is_flag=True, help="Print every file, with its reason.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
@click.option(
    "--log-json", metavar="FILE", type=click.Path(), help="Write one JSON object per event into FILE."
)
@config_option
def sync(**given: Any) -> int:
    """Upload the folders of a date to S3: all enabled configurations, by default yesterday's."""
    options = Options(**given)
    return _sync(options, load_settings(options.config))


def _sync(options: Options, settings: Settings) -> int:
    from mochok.cli.dates import requested_dates
    from mochok.config.allow_deletes import allowing_deletes
    from mochok.config.jobs import selected
    from mochok.queries.summary import summary_rows
    from mochok.report.listeners.console import open_console
    from mochok.wire.run import RunRequest, run

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

        today = clock.now().date()
        request = RunRequest(
            configurations=allowing_deletes(selected(settings, options.only), options.allow_deletes),
            dates=requested_dates(today, options.target_date, options.first, options.last, options.catch_up),
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
