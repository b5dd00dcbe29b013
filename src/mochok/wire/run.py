"""One run around its jobs: lock, state file, ledger, log, listeners, all opened and closed in order."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from mochok.clock import Clock, Stop
from mochok.config.jobs import job
from mochok.config.schema import Configuration, Settings
from mochok.errors import LockedError, MochokError, StateError
from mochok.events import Event, Level, Listener, Notice
from mochok.queries.planning import Dates, Plan, plan_days
from mochok.run.execute import Memory, Run, RunOutcome, RunSettings, Task
from mochok.state.contract import History
from mochok.storage.crt_engine import engine_version
from mochok.storage.stores import Stores


@dataclass(frozen=True, slots=True)
class RunRequest:
    """How to run. ``listener`` is the console; ``log_json`` a file for events, or None. ``announce`` is
    called once with what is going to run, when the lock is held: a run that may not begin looks at nothing.
    """

    configurations: tuple[Configuration, ...]
    dates: Dates
    dry_run: bool
    parallel: int
    lock_wait_seconds: float
    details: bool
    listener: Listener
    log_json: str | None = None
    announce: Callable[[Sequence[Plan]], None] = lambda _plans: None


def run(settings: Settings, request: RunRequest, clock: Clock, stop: Stop) -> RunOutcome:
    """Run and remember. Raises LockedError, StateError; everything later is in the outcome."""
    with contextlib.ExitStack() as stack:
        started = clock.now()
        if not request.dry_run:
            with _refusals_logged(settings, clock):
                _lock(stack, settings, request, started, stop)
        listeners: list[Listener] = [request.listener]
        listen = _fan_out(listeners)
        if not request.dry_run:
            _open_log(stack, settings, clock, listeners)
        if request.log_json:
            _open_json_log(stack, request.log_json, listeners, clock)
        stack.enter_context(_faults_logged(listeners))
        memory, history = _open_memory(stack, settings, listen, started, dry_run=request.dry_run)
        plans = plan_days(settings, request.configurations, request.dates, history, started.date(), stop)
        request.announce(plans)
        _tell_beforehand(settings, plans, listen)
        stores = Stores(stop, settings.global_settings.bandwidth_limit_bytes_per_second)
        stack.callback(stores.close)
        names = tuple(configuration.name for configuration in request.configurations)
        disabled = tuple(one.name for one in request.configurations if not one.enabled)
        run_id = f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
        chosen = RunSettings(run_id, names, request.parallel, request.dry_run, request.details, disabled)
        tasks = _tasks(settings, plans, run_date=started.date(), dry_run=request.dry_run)
        return Run(chosen, memory, listen, clock, stop, stores.open).execute(tasks)


def _tell_beforehand(settings: Settings, plans: Sequence[Plan], listen: Listener) -> None:
    listen(Notice("", Level.INFO, _prerequisites(settings)))
    for notice in settings.notices:
        listen(Notice("", Level.WARNING, notice))
    if not plans:
        listen(Notice("", Level.WARNING, "no configuration is enabled, so there is nothing to do"))
    for plan in plans:
        if plan.note:
            listen(Notice(plan.configuration.name, Level.INFO, plan.note))


def _prerequisites(settings: Settings) -> str:
    chosen = settings.global_settings
    return (
        f"Prerequisites: S3 engine awscrt {engine_version()}, configuration {settings.path}, "
        f"state {chosen.state_file}, log {chosen.log_directory}"
    )


@contextlib.contextmanager
def _refusals_logged(settings: Settings, clock: Clock) -> Iterator[None]:
    """A run that may not begin leaves a line in the log: at night nobody sees its exit code."""
    try:
        yield
    except LockedError as error:
        from mochok.report.listeners.log_file import LogFile

        log = LogFile(settings.global_settings.log_directory, clock=clock, warn=lambda _message: None)
        log(Notice("", Level.WARNING, f"No run: {error.message}"))
        log.close()
        raise


@contextlib.contextmanager
def _faults_logged(listeners: Sequence[Listener]) -> Iterator[None]:
    """What ends a run as a whole is in its logs too, not only on a screen that nobody sees."""
    try:
        yield
    except Exception as error:  # whatever it is, it goes on to where it is told
        for listener in listeners[1:]:
            listener(Notice("", Level.ERROR, f"The run ended: {_reason(error)}"))
        raise


def _reason(error: Exception) -> str:
    if isinstance(error, MochokError):
        return error.message
    return f"unexpected error, please report it: {type(error).__name__}: {error}"


def _lock(
    stack: contextlib.ExitStack, settings: Settings, request: RunRequest, started: datetime, stop: Stop
) -> None:
    from mochok.state.lock import RunLock  # only runs need it

    state_file = settings.global_settings.state_file
    _make_folder(state_file.parent)
    lock = RunLock(
        state_file,
        started=started,
        wait_seconds=request.lock_wait_seconds,
        stopped=lambda: stop.requested,
        tell=lambda sentence: request.listener(Notice("", Level.WARNING, sentence)),
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
    from mochok.report.listeners.log_file import LogFile
    from mochok.report.log_retention import by_months, clear_logs

    console = listeners[0]
    chosen = settings.global_settings

    def warn(message: str) -> None:
        console(Notice("", Level.WARNING, message))

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
    from mochok.report.listeners.jsonl import JsonLines

    console = listeners[0]
    log = JsonLines(path, clock=clock, warn=lambda message: console(Notice("", Level.WARNING, message)))
    stack.callback(log.close)
    listeners.append(log)


def _open_memory(
    stack: contextlib.ExitStack, settings: Settings, listen: Listener, started: datetime, *, dry_run: bool
) -> tuple[Memory, History]:
    from mochok.state.ledger import open_ledger, read_ledger
    from mochok.state.state_file import StateFile

    chosen = settings.global_settings

    def warn(message: str) -> None:
        listen(Notice("", Level.WARNING, message))

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


def _tasks(settings: Settings, plans: Sequence[Plan], *, run_date: date, dry_run: bool) -> list[Task]:
    """The oldest day first, and within a day the file's order."""
    by_day: dict[date, list[Configuration]] = {}
    for plan in plans:
        for day in plan.days:
            by_day.setdefault(day, []).append(plan.configuration)

    def task(configuration: Configuration, day: date) -> Task:
        make = partial(job, settings, configuration, day, run_date=run_date, dry_run=dry_run)
        data_day = run_date if configuration.strategy.dated_by_run else day
        return Task(configuration.name, day, make, data_day)

    return [task(configuration, day) for day in sorted(by_day) for configuration in by_day[day]]
