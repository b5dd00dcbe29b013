"""What ``status`` reads from state file and ledger; nothing on disk changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from mochok import __version__
from mochok.clock import TEN_YEARS_DAYS, days_between
from mochok.config.schema import Configuration, Settings
from mochok.errors import StateError
from mochok.queries.earlier_days import earlier_days
from mochok.queries.elsewhere import elsewhere
from mochok.queries.lost_history import lost_history
from mochok.queries.planning import accepted_days
from mochok.records.days import (
    ConfigurationDays,
    DayMark,
    Expectation,
    begins,
    mark_days,
    since_history_begins,
)
from mochok.records.history import RunRecord
from mochok.records.overview import ConfigurationView, DayNotes, Overview
from mochok.records.state import ConfigurationState, LastSuccess
from mochok.state.contract import DayLedger, History, OpenLedger
from mochok.state.ledger import read_ledger
from mochok.state.restore import restore
from mochok.state.state import State
from mochok.state.state_file import StateFile

OVERVIEW_DAYS = 30


@contextmanager
def open_history(settings: Settings, warn: Callable[[str], None]) -> Iterator[OpenLedger]:
    """The ledger, opened for reading; empty if it does not exist yet."""
    ledger = read_ledger(settings.global_settings.ledger_file, warn=warn)
    try:
        yield ledger
    finally:
        ledger.close()


def read_overview(
    settings: Settings, shown: Sequence[Configuration], now: datetime, warn: Callable[[str], None]
) -> Overview:
    """The state of ``shown``, and of what only the state file has if all configurations are shown."""
    chosen = settings.global_settings
    with open_history(settings, warn) as history:
        state = _state(chosen.state_file, history, [found.name for found in shown], warn)
        results, successes = state.configurations, state.successes  # parsed anew each time
        views = [
            _configuration(settings, found, results.get(found.name), successes.get(found.name), history, now)
            for found in shown
        ]
        refusals = history.safety.refusals()
        enabled = [found for found in shown if found.enabled]
        earlier = {found.name: found for found in earlier_days(settings, enabled, history, now.date())}
        latest = latest_run(history, chosen.state_file)
        unknown = any(DayMark.BEFORE in view.days for view in views)
        lost = lost_history(chosen.ledger_file, history, state) if unknown else None
    views = [
        dataclasses.replace(
            view,
            refusals=tuple(one for one in refusals if one.name == view.name),
            earlier=earlier.get(view.name),
        )
        for view in views
    ]
    if len(shown) == len(settings.configurations):
        configured = {found.name for found in shown}
        views += [
            ConfigurationView(name, False, False, results.get(name), successes.get(name))
            for name in {**results, **successes}
            if name not in configured
        ]
    return Overview(
        now=now,
        version=__version__,
        configuration_file=str(settings.path),
        state_file=str(chosen.state_file),
        ledger_file=str(chosen.ledger_file),
        execution=state.last_execution,
        statistics=state.statistics,
        configurations=tuple(views),
        latest_run=latest,
        lost=lost,
    )


def _state(path: Path, history: History, names: Sequence[str], warn: Callable[[str], None]) -> State:
    """The state, restored from the ledger alone if the file cannot be read."""
    try:
        state, notices = StateFile(path).peek(history, names)
    except StateError as error:
        warn(f"{error.message}; showing what the ledger has ({error.hint})")
        state, notices = State({}), []
        restore(state, history, names)
    for notice in notices:
        warn(notice)
    return state


def day_notes(
    settings: Settings,
    shown: Sequence[Configuration],
    history: OpenLedger,
    days: Sequence[ConfigurationDays],
    today: date,
) -> DayNotes:
    """The notes on ``days`` of ``shown``; none from a state file that cannot be read."""
    chosen = settings.global_settings
    earlier = tuple(earlier_days(settings, shown, history, today))
    latest = latest_run(history, chosen.state_file)
    interrupted = latest if latest is not None and latest.interrupted else None
    sentences = [(entry.name, elsewhere(settings, entry, history)) for entry in shown]
    notes = DayNotes(None, interrupted, tuple(found for found in sentences if found[1]), earlier)
    if not any(configuration.before for configuration in days):
        return notes
    try:
        state, _notices = StateFile(chosen.state_file).peek()
    except StateError:
        return notes
    return dataclasses.replace(notes, lost=lost_history(chosen.ledger_file, history, state))


def latest_run(history: History, state_file: Path) -> RunRecord | None:
    """The newest run in the ledger."""
    return next((with_running(run, state_file) for run in history.runs(limit=1)), None)


def with_running(run: RunRecord, state_file: Path) -> RunRecord:
    """``run`` with whether it is in progress, None if unknown."""
    if run.finished is not None:
        return dataclasses.replace(run, running=False)
    from mochok.state.lock import is_running  # only asked of a run that has not ended

    return dataclasses.replace(run, running=is_running(state_file, run.started))


def days_of(
    settings: Settings,
    configuration: Configuration,
    ledger: DayLedger,
    first: date,
    last: date,
    today: date,
) -> ConfigurationDays:
    """The days ``first`` to ``last`` of one configuration; after yesterday also today, if it is a gap."""
    name, strategy = configuration.name, configuration.strategy
    identity = settings.identities[name]
    known, first_found = ledger.days(identity, first, max(last, today)), ledger.first_day(identity)
    period = strategy.period(today - timedelta(days=1))
    open_from = period.first if period.last >= today else today
    known = since_history_begins(known, first_found)
    starts, accepted = begins(first_found, known, today), accepted_days(ledger, name)
    expectation = Expectation(configuration.expected, starts, today, accepted, open_from)
    marked = mark_days(known, expectation, first, last)
    return ConfigurationDays(name, marked, strategy.is_undated)


def _configuration(
    settings: Settings,
    configuration: Configuration,
    result: ConfigurationState | None,
    success: LastSuccess | None,
    ledger: DayLedger,
    now: datetime,
) -> ConfigurationView:
    today, name = now.date(), configuration.name
    first, last = today - timedelta(days=OVERVIEW_DAYS), today - timedelta(days=1)
    days = days_of(settings, configuration, ledger, first, last, today)
    sent_before = ledger.has_files(name) or (success is not None and success.files_transferred > 0)
    return ConfigurationView(
        name=name,
        configured=True,
        enabled=configuration.enabled,
        result=result,
        success=success,
        days=days.totals,
        gaps=len(days.gaps) if configuration.enabled else 0,
        day_window=OVERVIEW_DAYS,
        dated_by_run=days.dated_by_run,
        never_uploaded=result is not None and not sent_before,
        last_verified=days.last_verified,
        elsewhere=elsewhere(settings, configuration, ledger) if configuration.enabled else "",
        rest_days=_rest_days(configuration, success, ledger, today) if success is not None else 0,
        newest=days.newest,
    )


def _rest_days(configuration: Configuration, success: LastSuccess, ledger: DayLedger, today: date) -> int:
    """On how many days after that of the last success, up to yesterday, nothing was expected."""
    ended = success.timestamp.date() if success.timestamp else today
    last = max(success.date or date.min, ended - timedelta(days=1))  # it may have been of a day long ago
    first = max(last, today - timedelta(days=TEN_YEARS_DAYS)) + timedelta(days=1)
    accepted = accepted_days(ledger, configuration.name)
    days = days_between(first, today - timedelta(days=1))
    return sum(day not in configuration.expected or day in accepted for day in days)
