"""One run around its jobs: lock, state file, ledger, log, listeners, all opened and closed in order."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from mochok.clock import Clock, Stop
from mochok.config.schema import Configuration, Settings
from mochok.errors import StateError
from mochok.events import Event, Listener, Notice
from mochok.model import DayState
from mochok.run.days import incomplete_days
from mochok.run.execute import Memory, Run, RunOutcome, RunSettings, Task
from mochok.state.contract import History
from mochok.storage.pace import Pace
from mochok.wire.jobs import Wiring, engine_version, tasks


@dataclass(frozen=True, slots=True)
class Dates:
    """Which days to run. ``days`` for every configuration; ``catch_up_days``: instead of them every
    incomplete expected day of the last N; None leaves that to each configuration's own ``catch_up_days``.
    """

    days: tuple[date, ...]
    catch_up_days: int | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class RunRequest:
    """How to run. ``listener`` is the console; ``log_json`` a file for events, or None. ``announce`` is
    called once, when the lock is held: a run that may not begin looks at nothing.
    """

    configurations: tuple[Configuration, ...]
    dates: Dates
    dry_run: bool
    parallel: int
    lock_wait_seconds: float
    details: bool
    listener: Listener
    log_json: str | None = None
    announce: Callable[[], None] = lambda: None


def run(settings: Settings, request: RunRequest, clock: Clock, stop: Stop) -> RunOutcome:
    """Run and remember. Raises LockedError, StateError; everything later is in the outcome."""
    with contextlib.ExitStack() as stack:
        started = clock.now()
        if not request.dry_run:
            _lock(stack, settings, request, started, stop)
        request.announce()
        listeners: list[Listener] = [request.listener]
        listen = _fan_out(listeners)
        if not request.dry_run:
            _open_log(stack, settings, clock, listeners)
        if request.log_json:
            _open_json_log(stack, request.log_json, listeners, clock)
        listen(Notice("", "INFO", _prerequisites(settings)))
        for notice in settings.notices:
            listen(Notice("", "WARNING", notice))
        if not request.configurations:
            listen(Notice("", "WARNING", "no configuration is enabled, so there is nothing to do"))
        memory, history = _open_memory(stack, settings, listen, started, dry_run=request.dry_run)
        limit = settings.global_settings.bandwidth_limit_bytes_per_second
        pace = Pace(limit) if limit else None
        wiring = Wiring(settings, stop, started.date(), request.dry_run, pace)
        work = _tasks(wiring, request, history)
        names = tuple(configuration.name for configuration in request.configurations)
        run_id = f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
        chosen = RunSettings(run_id, names, request.parallel, request.dry_run, request.details)
        return Run(chosen, memory, listen, clock, stop).execute(work)


def _prerequisites(settings: Settings) -> str:
    chosen = settings.global_settings
    return (
        f"Prerequisites: S3 engine awscrt {engine_version()}, configuration {settings.path}, "
        f"state {chosen.state_file}, log {chosen.log_directory}"
    )


def _lock(
    stack: contextlib.ExitStack, settings: Settings, request: RunRequest, started: datetime, stop: Stop
) -> None:
    from mochok.state.lock import RunLock  # noqa: PLC0415 - only runs need it

    state_file = settings.global_settings.state_file
    _make_folder(state_file.parent)
    lock = RunLock(
        state_file,
        started=started,
        wait_seconds=request.lock_wait_seconds,
        stopped=lambda: stop.requested,
        tell=lambda sentence: request.listener(Notice("", "WARNING", sentence)),
    )
    stack.enter_context(lock)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StateError(
            f"the folder {folder} cannot be made: {error.strerror}", hint="correct global.state_file"
        ) from error


def _fan_out(listeners: Sequence[Listener]) -> Listener:
    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell


def _open_log(
    stack: contextlib.ExitStack, settings: Settings, clock: Clock, listeners: list[Listener]
) -> None:
    from mochok.report.log_file import LogFile  # noqa: PLC0415
    from mochok.report.log_retention import by_months, clear_logs  # noqa: PLC0415

    console = listeners[0]
    chosen = settings.global_settings

    def warn(message: str) -> None:
        console(Notice("", "WARNING", message))

    old = by_months(chosen.log_retention_months)
    try:
        problems = clear_logs(chosen.log_directory, clock.now().date(), goes=old).problems
    except OSError as error:
        problems = (f"old logs in {chosen.log_directory} cannot be cleared: {error.strerror}",)
    for problem in problems:
        warn(problem)
    log = LogFile(chosen.log_directory, clock=clock, warn=warn)
    stack.callback(log.close)
    listeners.append(log)


def _open_json_log(stack: contextlib.ExitStack, path: str, listeners: list[Listener], clock: Clock) -> None:
    from mochok.report.jsonl import JsonLines  # noqa: PLC0415

    console = listeners[0]
    log = JsonLines(path, clock=clock, warn=lambda message: console(Notice("", "WARNING", message)))
    stack.callback(log.close)
    listeners.append(log)


def _open_memory(
    stack: contextlib.ExitStack, settings: Settings, listen: Listener, started: datetime, *, dry_run: bool
) -> tuple[Memory, History]:
    from mochok.state.ledger import open_ledger, read_ledger  # noqa: PLC0415
    from mochok.state.state_file import StateFile  # noqa: PLC0415

    chosen = settings.global_settings

    def warn(message: str) -> None:
        listen(Notice("", "WARNING", message))

    ledger = (read_ledger if dry_run else open_ledger)(chosen.ledger_file, warn=warn)
    stack.callback(ledger.close)
    if dry_run:
        return Memory(None, None, ledger), ledger
    ledger.prune(_months_before(started, chosen.history_retention_months))
    state_file = StateFile(chosen.state_file)
    for notice in state_file.load()[1]:
        warn(notice)
    return Memory(state_file, ledger, ledger), ledger


def _months_before(moment: datetime, months: int) -> datetime:
    """The first of the month, ``months`` months before the month of ``moment``."""
    number = max(12, moment.year * 12 + moment.month - 1 - months)
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=number // 12, month=number % 12 + 1)


def _tasks(wiring: Wiring, request: RunRequest, history: History) -> list[Task]:
    by_day: dict[date, list[Configuration]] = {}
    for configuration in request.configurations:
        for day in _days_of(configuration, request.dates, history, wiring.run_date):
            by_day.setdefault(day, []).append(configuration)
    return [task for day in sorted(by_day) for task in tasks(wiring, by_day[day], [day])]


def _days_of(configuration: Configuration, dates: Dates, history: History, run_date: date) -> list[date]:
    """The target dates of one configuration.

    What is dated by its run (FullDirectory) cannot fill a past day: catching up, it runs once, for the last
    date, unless it was complete today. Anything else would write today's content to past months.
    """
    days = [] if dates.catch_up_days is not None else list(dates.days)
    back = dates.catch_up_days if dates.catch_up_days is not None else configuration.catch_up_days
    if not back or not (dates.plain or dates.catch_up_days is not None):
        return days
    last = max(dates.days)
    if configuration.strategy.dated_by_run:
        today = history.days(configuration.name, run_date, run_date).get(run_date)
        return days if days or (today and today.state is DayState.COMPLETE) else [last]
    first = last - timedelta(days=back - 1)
    known = history.days(configuration.name, first, last)
    return sorted({*days, *incomplete_days(configuration.expected_weekdays, known, first, last)})
