"""``mochok sync``: the main job."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from mochok.cli.context import ConfigOption, clock_of, load_settings, warn
from mochok.clock import TEN_YEARS_DAYS, Clock, Stop, parse_day
from mochok.errors import UsageError

if TYPE_CHECKING:
    from mochok.config.schema import Settings
    from mochok.queries.planning import Dates
    from mochok.run.execute import RunOutcome


@dataclass(frozen=True, slots=True)
class _Request:
    """The command line, understood."""

    target_date: str | None
    first: str | None
    last: str | None
    catch_up: int | None
    only: tuple[str, ...]
    dry_run: bool
    allow_deletes: str | None
    jobs: int | None
    lock_wait_seconds: float
    quiet: bool
    verbose: bool
    as_json: bool
    log_json: str | None


CatchUpOption = Annotated[
    int | None,
    typer.Option(
        "--catch-up",
        min=0,
        max=TEN_YEARS_DAYS,
        metavar="[N]",
        help="Every incomplete expected day of the last N (30).",
    ),
]
AllowDeletesOption = Annotated[
    str | None,
    typer.Option(
        "--allow-deletes",
        metavar="N|all",
        help="This run may delete N objects of each configuration, whatever delete_guard says.",
    ),
]


def sync(  # noqa: PLR0913, PLR0917 - a command line
    target_date: Annotated[
        str | None,
        typer.Option(
            "--target-date", "-d", metavar="D", help="YYYY-MM-DD, today, yesterday (default) or -3d."
        ),
    ] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="D", help="First day of a range.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="D", help="Last day of the range.")] = None,
    catch_up: CatchUpOption = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Only this one, even if disabled; may be repeated."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "--dryrun", help="Only show what would be done.")
    ] = False,
    allow_deletes: AllowDeletesOption = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, max=64, metavar="N", help="Configurations at the same time."),
    ] = None,
    lock_wait: Annotated[
        float, typer.Option("--lock-wait", min=0, metavar="S", help="Wait for another run to end.")
    ] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only problems.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every file, with its reason.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON on stdout.")] = False,
    log_json: Annotated[
        str | None, typer.Option("--log-json", metavar="FILE", help="One JSON object per event into FILE.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Bring the folders of a date to S3: all enabled configurations, by default yesterday's."""
    request = _Request(
        target_date, first, last, catch_up, tuple(only or ()), dry_run, allow_deletes, jobs, lock_wait, quiet,
        verbose, as_json, log_json,
    )  # fmt: skip
    raise typer.Exit(_sync(request, load_settings(config)))


def _sync(request: _Request, settings: Settings) -> int:
    from mochok.config.allow_deletes import allowing_deletes  # loads the configuration's models
    from mochok.config.jobs import selected
    from mochok.report.listeners.console import open_console
    from mochok.run.listeners import Listeners
    from mochok.wire.run import RunRequest, run

    _collect_seldom()
    clock, silent = clock_of(settings), request.quiet or request.as_json
    configurations = allowing_deletes(selected(settings, request.only), request.allow_deletes)
    wanted = RunRequest(
        configurations=configurations,
        dates=_dates(request, clock),
        dry_run=request.dry_run,
        parallel=request.jobs or settings.global_settings.parallel_configurations,
        lock_wait_seconds=request.lock_wait_seconds,
        details=request.verbose or request.log_json is not None,
        summary=not silent,
        log_json=request.log_json,
    )
    with _signals() as stop, Listeners() as listeners:
        console = open_console(
            quiet=silent,
            verbose=request.verbose,
            stream=sys.stderr if request.as_json else sys.stdout,
            environ=os.environ,
            clock=clock,
            stopping=lambda: stop.requested,
        )
        listeners.add("the console", console, console.close)
        outcome = run(settings, wanted, listeners, clock, stop)
    for fault in listeners.faults:
        warn(f"mochok: {fault}")
    if request.as_json:
        _print_json(outcome)
    if listeners.hanging:  # a thread that hangs in a write would hold up the end of the interpreter
        os._exit(outcome.exit_code)
    return outcome.exit_code


def _collect_seldom() -> None:
    """What is loaded now stays; looking through it again and again costs a twentieth."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()


def _print_json(outcome: RunOutcome) -> None:
    from mochok.cli.output import print_json
    from mochok.report.documents.sync import run_document

    print_json(run_document(outcome.finished, outcome.exit_code))


def _dates(request: _Request, clock: Clock) -> Dates:
    """The days asked for. One that has not come cannot be complete; the ledger must never say so."""
    today = clock.now().date()
    dates = _asked_for(request, today)
    if dates.last > today:
        raise UsageError(f"{dates.last} lies in the future", hint=f"today is {today}; name a day up to then")
    return dates


def _asked_for(request: _Request, today: date) -> Dates:
    from mochok.plan.dating import days_between
    from mochok.queries.planning import Dates

    yesterday = parse_day("yesterday", today)
    given = [text is not None for text in (request.target_date, request.first, request.catch_up)]
    if sum(given) > 1:
        raise UsageError("--target-date, --from and --catch-up exclude each other", hint="give one of them")
    if (request.first is None) != (request.last is None):
        raise UsageError("--from and --to belong together", hint="such as --from 2025-01-01 --to 2025-01-31")
    if request.first is not None and request.last is not None:
        first, last = parse_day(request.first, today), parse_day(request.last, today)
        if first > last:
            raise UsageError(f"--from {first} is after --to {last}", hint="exchange them")
        return Dates(tuple(days_between(first, last)))
    if request.catch_up is not None:
        return Dates((yesterday,), catch_up_days=request.catch_up)
    if request.target_date is not None:
        return Dates((parse_day(request.target_date, today),))
    return Dates((yesterday,), plain=True)


@contextlib.contextmanager
def _signals() -> Iterator[Stop]:
    """Ctrl-C and SIGTERM ask the run to end; asked twice, it ends at once."""
    stop = Stop()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), lambda *_: stop.request()) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
