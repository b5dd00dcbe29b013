"""From state file and ledger to what ``status`` shows. Reads only; nothing on disk changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from mochok import __version__
from mochok.config.schema import Configuration, Settings
from mochok.errors import StateError
from mochok.queries.lost_history import lost_history
from mochok.records.days import ConfigurationDays, DayMark, Expectation, KnownDay, begins, mark_days
from mochok.records.history import DayRecord, RunRecord
from mochok.records.overview import (
    ConfigurationView,
    ExecutionView,
    LatestRun,
    Overview,
    ResultView,
    StatisticsView,
    SuccessView,
)
from mochok.report.pages.day_notes import DayNotes
from mochok.state.contract import DayLedger, History, OpenLedger
from mochok.state.ledger import read_ledger
from mochok.state.state import State
from mochok.state.state_file import StateFile

T = TypeVar("T")
OVERVIEW_DAYS = 30


@contextmanager
def open_history(settings: Settings, warn: Callable[[str], None]) -> Iterator[OpenLedger]:
    """The ledger to look at; empty if there is none yet."""
    ledger = read_ledger(settings.global_settings.ledger_file, warn=warn)
    try:
        yield ledger
    finally:
        ledger.close()


def read_overview(
    settings: Settings, shown: Sequence[Configuration], now: datetime, warn: Callable[[str], None]
) -> Overview:
    """The state of ``shown``, and of what only the state file knows if all configurations are shown.

    Raises StateError if the state file exists and cannot be read.
    """
    chosen = settings.global_settings
    with open_history(settings, warn) as history:
        state, notices = StateFile(chosen.state_file).peek(history, [one.name for one in shown])
        for notice in notices:
            warn(notice)
        views = [_configuration(one, state, history, now.date()) for one in shown]
        latest = latest_run(history, chosen.state_file)
        unjudged = any(DayMark.BEFORE in view.days for view in views)
        lost = lost_history(chosen.ledger_file, history, state) if unjudged else None
    if len(shown) == len(settings.configurations):
        views += _forgotten(settings, state)
    execution = state.last_execution
    return Overview(
        now=now,
        version=__version__,
        configuration_file=str(settings.path),
        state_file=str(chosen.state_file),
        ledger_file=str(chosen.ledger_file),
        execution=view_of(ExecutionView, execution) if execution else None,
        statistics=view_of(StatisticsView, state.statistics),
        configurations=tuple(views),
        latest_run=latest,
        lost=lost,
    )


def day_notes(settings: Settings, history: OpenLedger, days: Sequence[ConfigurationDays]) -> DayNotes:
    """What has to be said beside ``days``; nothing of a state file that cannot be read."""
    chosen = settings.global_settings
    latest = latest_run(history, chosen.state_file)
    interrupted = latest if latest is not None and latest.interrupted else None
    if not any(one.before for one in days):
        return DayNotes(None, interrupted)
    try:
        state, _notices = StateFile(chosen.state_file).peek()
    except StateError:
        return DayNotes(None, interrupted)
    return DayNotes(lost_history(chosen.ledger_file, history, state), interrupted)


def latest_run(history: History, state_file: Path) -> LatestRun | None:
    """The newest run in the ledger."""
    for run in history.runs(limit=1):
        running = is_at_work(run, state_file)
        return LatestRun(run.run_id, run.started, run.finished, run.exit_code, running)
    return None


def is_at_work(run: RunRecord, state_file: Path) -> bool | None:
    """Whether the run is at work; None where the system does not tell."""
    if run.finished is not None:
        return False
    from mochok.state.lock import is_running  # only asked of a run that has not ended

    return is_running(state_file, run.started)


def days_of(
    ledger: DayLedger, configuration: Configuration, first: date, last: date, today: date
) -> ConfigurationDays:
    """The days ``first`` to ``last`` of one configuration; after yesterday also today, if it is a gap."""
    known = ledger.days(configuration.name, date.min, max(last, today))
    expectation = Expectation(configuration.expected_weekdays, begins(min(known, default=None), today), today)
    days = {day: _known_day(record) for day, record in known.items()}
    marked = mark_days(days, expectation, first, last)
    return ConfigurationDays(configuration.name, marked, configuration.strategy.dated_by_run)


def _configuration(
    configuration: Configuration, state: State, history: OpenLedger, today: date
) -> ConfigurationView:
    first, last = today - timedelta(days=OVERVIEW_DAYS), today - timedelta(days=1)
    days = days_of(history, configuration, first, last, today)
    return dataclasses.replace(
        _view(configuration.name, state),
        configured=True,
        enabled=configuration.enabled,
        days=days.totals,
        gaps=len(days.gaps) if configuration.enabled else 0,
        day_window=OVERVIEW_DAYS,
        dated_by_run=days.dated_by_run,
    )


def _forgotten(settings: Settings, state: State) -> list[ConfigurationView]:
    names = {configuration.name for configuration in settings.configurations}
    known = dict.fromkeys((*state.configurations, *state.successes))
    return [_view(name, state) for name in known if name not in names]


def _view(name: str, state: State) -> ConfigurationView:
    result, success = state.configurations.get(name), state.successes.get(name)
    return ConfigurationView(
        name=name,
        configured=False,
        enabled=False,
        result=view_of(ResultView, result) if result else None,
        success=view_of(SuccessView, success) if success else None,
    )


def _known_day(record: DayRecord) -> KnownDay:
    return view_of(KnownDay, record)


def view_of(kind: Callable[..., T], record: Any) -> T:
    """A view of the fields that both have under the same name."""
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: getattr(record, name) for name in names})
