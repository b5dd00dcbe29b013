"""What ``status`` reads from state file and ledger; nothing on disk changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from mochok import __version__
from mochok.config.schema import Configuration, Settings
from mochok.errors import StateError
from mochok.queries.lost_history import lost_history
from mochok.records.days import ConfigurationDays, DayMark, Expectation, begins, mark_days
from mochok.records.history import RunRecord
from mochok.records.overview import ConfigurationView, DayNotes, Overview
from mochok.records.state import ConfigurationState, LastSuccess
from mochok.state.contract import DayLedger, History, OpenLedger
from mochok.state.ledger import read_ledger
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
    """The state of ``shown``, and of what only the state file has if all configurations are shown.

    Raises StateError if the state file exists and cannot be read.
    """
    chosen = settings.global_settings
    with open_history(settings, warn) as history:
        state, notices = StateFile(chosen.state_file).peek(history, [found.name for found in shown])
        for notice in notices:
            warn(notice)
        results, successes = state.configurations, state.successes  # parsed anew each time
        views = [_configuration(found, results, successes, history, now.date()) for found in shown]
        refusals = history.safety.refusals()
        latest = latest_run(history, chosen.state_file)
        unknown = any(DayMark.BEFORE in view.days for view in views)
        lost = lost_history(chosen.ledger_file, history, state) if unknown else None
    views = [
        dataclasses.replace(view, refusals=tuple(one for one in refusals if one.name == view.name))
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


def day_notes(settings: Settings, history: OpenLedger, days: Sequence[ConfigurationDays]) -> DayNotes:
    """The notes on ``days``; none from a state file that cannot be read."""
    chosen = settings.global_settings
    latest = latest_run(history, chosen.state_file)
    interrupted = latest if latest is not None and latest.interrupted else None
    if not any(configuration.before for configuration in days):
        return DayNotes(None, interrupted)
    try:
        state, _notices = StateFile(chosen.state_file).peek()
    except StateError:
        return DayNotes(None, interrupted)
    return DayNotes(lost_history(chosen.ledger_file, history, state), interrupted)


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
    ledger: DayLedger, configuration: Configuration, first: date, last: date, today: date
) -> ConfigurationDays:
    """The days ``first`` to ``last`` of one configuration; after yesterday also today, if it is a gap."""
    name = configuration.name
    known, first_known = ledger.days(name, first, max(last, today)), ledger.first_day(name)
    expectation = Expectation(configuration.expected_weekdays, begins(first_known, today), today)
    marked = mark_days(known, expectation, first, last)
    return ConfigurationDays(name, marked, configuration.strategy.dated_by_run)


def _configuration(
    configuration: Configuration,
    results: Mapping[str, ConfigurationState],
    successes: Mapping[str, LastSuccess],
    ledger: DayLedger,
    today: date,
) -> ConfigurationView:
    first, last = today - timedelta(days=OVERVIEW_DAYS), today - timedelta(days=1)
    days = days_of(ledger, configuration, first, last, today)
    name = configuration.name
    return ConfigurationView(
        name=name,
        configured=True,
        enabled=configuration.enabled,
        result=results.get(name),
        success=successes.get(name),
        days=days.totals,
        gaps=len(days.gaps) if configuration.enabled else 0,
        day_window=OVERVIEW_DAYS,
        dated_by_run=days.dated_by_run,
    )
