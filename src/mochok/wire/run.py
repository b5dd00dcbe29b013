"""One run around its jobs: log, lock, state file, ledger and stores, all opened and closed in order."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from mochok.clock import Clock, Stop
from mochok.config.jobs import job
from mochok.config.schema import Configuration, Settings
from mochok.errors import EXIT_FAILURE, EXIT_LEFT_OUT, EXIT_SUCCESS, MochokError, StateError
from mochok.events import Level, Notice, RunPlanned, RunRefused
from mochok.queries.elsewhere import elsewhere
from mochok.queries.misfits import misfit
from mochok.queries.planning import Dates, Plan, plan_days
from mochok.records.retention import RUNS_COMPARED, clock_jump
from mochok.run.context import JobContext
from mochok.run.execute import NothingYet, Run, RunOutcome, RunSettings, Task
from mochok.run.job import Job
from mochok.run.listeners import Listeners
from mochok.state.contract import OpenLedger
from mochok.state.ledger import open_ledger, read_ledger
from mochok.state.lock import RunLock
from mochok.state.state_file import StateFile
from mochok.storage.crt_engine import engine_version
from mochok.storage.stores import Stores

_SUCCEEDED = (EXIT_SUCCESS, EXIT_LEFT_OUT)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """How to run: show a ``summary`` first; emit ``details``; write events to ``log_json``.

    ``allow_deletes``: how many deletions a person allows each configuration, whatever its limits.
    """

    configurations: tuple[Configuration, ...]
    dates: Dates
    dry_run: bool
    parallel: int
    lock_wait_seconds: float
    details: bool
    summary: bool = False
    log_json: str | None = None
    allow_deletes: int | None = None


def run(
    settings: Settings, request: RunRequest, listeners: Listeners, clock: Clock, stop: Stop
) -> RunOutcome:
    """Run and record; what keeps the run from starting, or ends it as a whole, is an event too.

    A lock, state file or ledger that cannot be used is reported and makes the exit code 1, but the files are
    uploaded. Raises LockedError; everything later is in the outcome.
    """
    with _refusals_emitted(listeners), contextlib.ExitStack() as stack:
        started, chosen = clock.now(), settings.global_settings
        add_logs(listeners, clock, None if request.dry_run else chosen.log_directory, request.log_json)
        state_file = fault = None
        if not request.dry_run:
            fault = _take_lock(stack, settings, request, listeners, stop, started)
        ledger = (read_ledger if request.dry_run else open_ledger)(chosen.ledger_file, warn=listeners.warn)
        stack.callback(ledger.close)
        if not request.dry_run and fault is None:
            _remove_old(settings, ledger, listeners, started)
            try:
                state_file = _open_state(settings, ledger, listeners)
                stack.callback(state_file.close)
            except StateError as error:
                fault = error
        if fault is not None:
            text = f"{fault.message}; the files are uploaded, and {chosen.state_file} is not written"
            listeners(Notice("", Level.ERROR, f"{text} ({fault.hint})"))
        plans = plan_days(settings, request.configurations, request.dates, ledger, started.date(), stop)
        _announce(settings, request, plans, listeners, stop)
        _warn_of_days_elsewhere(settings, request, ledger, listeners)
        stores = Stores(stop, chosen.bandwidth_limit_bytes_per_second, ledger.forget_bucket)
        stack.callback(stores.close)
        run_settings = replace(_run_settings(request, started), unrecorded=fault is not None)
        context = JobContext(
            ledger, listeners, clock, stop, stores.open, request.details, run_id=run_settings.run_id
        )
        history = None if request.dry_run else ledger
        first_runs = _first_runs(settings, plans, ledger, started.date())
        tasks = _tasks(settings, plans, request, first_runs, run_date=started.date())
        outcome = Run(run_settings, context, state_file, history).execute(
            tasks, lambda: _report_earlier_days(settings, request, ledger, listeners, started.date())
        )
        if history is not None and not history.complete and outcome.exit_code in _SUCCEEDED:
            return replace(outcome, exit_code=EXIT_FAILURE)  # the days of this run are not recorded
        return outcome


def _take_lock(
    stack: contextlib.ExitStack,
    settings: Settings,
    request: RunRequest,
    listeners: Listeners,
    stop: Stop,
    started: datetime,
) -> StateError | None:
    """Hold the lock until ``stack`` ends; why there can be none, or None. Raises LockedError.

    Without it, another run may start, which uploads the same files once more and does no other harm; but then
    neither may replace the state file.
    """
    try:
        lock = RunLock(
            settings.global_settings.state_file,
            started=started,
            wait_seconds=request.lock_wait_seconds,
            stopped=lambda: stop.requested,
            warn=listeners.warn,
        )
        stack.enter_context(lock)
    except StateError as error:
        return error
    return None


@contextlib.contextmanager
def _refusals_emitted(listeners: Listeners) -> Iterator[None]:
    """What ends a run as a whole is in its logs too."""
    try:
        yield
    except MochokError as error:
        listeners(RunRefused((error.message,), error.hint, error.exit_code))
        raise
    except Exception as error:  # a fault of our own; it goes on to where it is reported
        reason = f"unexpected error, please report it: {type(error).__name__}: {error}"
        listeners(RunRefused((reason,), "", EXIT_FAILURE))
        raise


def add_logs(listeners: Listeners, clock: Clock, log_directory: Path | None, log_json: str | None) -> None:
    """Deliver events to the log in ``log_directory`` and to the file ``log_json``, if they are given."""
    if log_directory:
        from mochok.report.listeners.log_file import LogFile

        log = LogFile(log_directory, clock=clock, warn=listeners.warn)
        listeners.add("the log file", log, log.close)
    if log_json:
        from mochok.report.listeners.jsonl import JsonLines

        lines = JsonLines(log_json, clock=clock, warn=listeners.warn)
        listeners.add("the JSON log", lines, lines.close)


def new_run_id(started: datetime) -> str:
    """``20250115T023000-9f3a``: unique also for runs that begin in the same second."""
    return f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def _remove_old(settings: Settings, ledger: OpenLedger, listeners: Listeners, started: datetime) -> None:
    """Old logs and old history, unless no earlier run shows that the clock is right."""
    runs = ledger.runs(limit=RUNS_COMPARED)
    if jump := clock_jump(started, runs):
        listeners.warn(f"{jump}: this run removes no old logs or history (correct the clock if it is wrong)")
    elif runs:
        _clear_old_logs(settings, listeners, started.date())
        ledger.prune(_months_before(started, settings.global_settings.history_retention_months), started)


def _clear_old_logs(settings: Settings, listeners: Listeners, today: date) -> None:
    from mochok.report.log_retention import by_months, clear_logs

    chosen = settings.global_settings
    try:
        old = by_months(chosen.log_retention_months)
        problems = clear_logs(chosen.log_directory, today, goes=old).problems
    except OSError as error:
        problems = (f"old logs in {chosen.log_directory} cannot be cleared: {error.strerror}",)
    for problem in problems:
        listeners.warn(problem)


def _open_state(settings: Settings, ledger: OpenLedger, listeners: Listeners) -> StateFile:
    chosen = settings.global_settings
    state_file = StateFile(chosen.state_file)
    _state, notices = state_file.load(ledger, [found.name for found in settings.configurations])
    for notice in notices:
        listeners.warn(notice)
    return state_file


def _months_before(moment: datetime, months: int) -> datetime:
    """The first of the month, ``months`` months before the month of ``moment``."""
    number = max(12, moment.year * 12 + moment.month - 1 - months)
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=number // 12, month=number % 12 + 1)


def _announce(
    settings: Settings, request: RunRequest, plans: Sequence[Plan], listeners: Listeners, stop: Stop
) -> None:
    if request.summary:
        from mochok.queries.summary import summary_rows

        listeners(RunPlanned(tuple(summary_rows(settings, plans, stop))))
    chosen = settings.global_settings
    parts = f"S3 engine awscrt {engine_version()}, configuration {settings.path}"
    files = f"state {chosen.state_file}, log {chosen.log_directory}"
    listeners(Notice("", Level.INFO, f"Prerequisites: {parts}, {files}"))
    for notice in settings.notices:
        listeners.warn(notice)
    for plan in plans:
        if plan.note:
            listeners(Notice(plan.configuration.name, Level.INFO, plan.note))


def _warn_of_days_elsewhere(
    settings: Settings, request: RunRequest, ledger: OpenLedger, listeners: Listeners
) -> None:
    """Say of each configuration which of its days are not where they are expected today."""
    for configuration in request.configurations:
        if sentence := elsewhere(settings, configuration, ledger):
            listeners(Notice(configuration.name, Level.WARNING, sentence))


def _run_settings(request: RunRequest, started: datetime) -> RunSettings:
    names = tuple(found.name for found in request.configurations)
    disabled = tuple(found.name for found in request.configurations if not found.enabled)
    return RunSettings(new_run_id(started), names, request.parallel, request.dry_run, disabled)


def _first_runs(
    settings: Settings, plans: Sequence[Plan], ledger: OpenLedger, today: date
) -> dict[str, NothingYet]:
    """What is known of the configurations that have never uploaded anything."""
    found: dict[str, NothingYet] = {}
    for configuration in (plan.configuration for plan in plans if plan.days):
        if not ledger.has_files(configuration.name):
            wrong = misfit(configuration, settings, today)
            likely = wrong is not None and wrong.likely
            found[configuration.name] = (
                NothingYet(wrong.message, wrong.hint) if wrong and likely else NothingYet()
            )
    return found


def _report_earlier_days(
    settings: Settings, request: RunRequest, ledger: OpenLedger, listeners: Listeners, today: date
) -> None:
    """After the uploads, so that reading the names delays none."""
    from mochok.queries.earlier_days import earlier_days

    for found in earlier_days(settings, request.configurations, ledger, today):
        listeners(Notice(found.name, Level.INFO, str(found)))


def _tasks(
    settings: Settings,
    plans: Sequence[Plan],
    request: RunRequest,
    first_runs: Mapping[str, NothingYet],
    *,
    run_date: date,
) -> list[Task]:
    """The oldest day first, and within a day the file's order."""
    by_day: dict[date, list[Plan]] = {}
    for plan in plans:
        for day in plan.days:
            by_day.setdefault(day, []).append(plan)

    def task(plan: Plan, day: date) -> Task:
        configuration = plan.configuration

        def make() -> Job:
            made = job(
                settings,
                configuration,
                day,
                run_date=run_date,
                dry_run=request.dry_run,
                allow_deletes=request.allow_deletes,
            )
            made = made.as_recheck() if day in plan.rechecks else made
            return replace(made, expected=False) if day in plan.accepted else made

        data_day = run_date if configuration.strategy.is_undated else day
        return Task(
            settings.identities[configuration.name], day, make, data_day, first_runs.get(configuration.name)
        )

    return [task(plan, day) for day in sorted(by_day) for plan in by_day[day]]
