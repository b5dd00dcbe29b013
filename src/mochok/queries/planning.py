"""Which target dates each configuration of a run takes."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile

from mochok.clock import Stop
from mochok.config.jobs import symlinks, sync_paths
from mochok.config.schema import Configuration, Settings
from mochok.errors import MochokError
from mochok.model import DateWindow, DayState, SyncPaths
from mochok.plan.dating import day_finder
from mochok.plan.filters import selector
from mochok.run.days import fewest_targets, from_where_history_begins, incomplete_days
from mochok.scan import ScanSettings, scan
from mochok.state.contract import DayLedger


@dataclass(frozen=True, slots=True)
class Dates:
    """Which days to run: ``days`` for all configurations, or every incomplete expected day of the last
    ``catch_up_days``. ``plain``: no day was asked for, so the configurations' own ``catch_up_days`` hold.
    """

    days: tuple[date, ...]
    catch_up_days: int | None = None
    plain: bool = False

    @property
    def last(self) -> date:
        """The latest of them."""
        return max(self.days)

    def days_back(self, configuration: Configuration) -> int:
        """How many days ``configuration`` catches up; 0 for none."""
        if self.catch_up_days is not None:
            return self.catch_up_days
        return configuration.catch_up_days if self.plain else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The target dates of one configuration, oldest first. ``note`` explains what is unusual, or is ""."""

    configuration: Configuration
    days: tuple[date, ...]
    note: str = ""


def plan_days(
    settings: Settings,
    configurations: Sequence[Configuration],
    dates: Dates,
    ledger: DayLedger,
    run_date: date,
    stop: Stop,
) -> list[Plan]:
    """What each of ``configurations`` runs, in their order. ``run_date``: the date on which the run began.

    Once ``stop`` is requested no source is read any more; the plan may lack days then, and is not run.
    """
    return [
        _once(configuration, dates, ledger, run_date)
        if configuration.strategy.dated_by_run
        else Plan(configuration, tuple(_days_of(configuration, settings, dates, ledger, stop)))
        for configuration in configurations
    ]


def _once(configuration: Configuration, dates: Dates, ledger: DayLedger, run_date: date) -> Plan:
    """One run for the last date: a FullDirectory is dated by its run, and more runs would upload today's
    content as that of past days. Catching up, a complete day needs none.
    """
    strategy = f"a {type(configuration.strategy).__name__} has no dates"
    if dates.catch_up_days is None and len(dates.days) == 1:
        return Plan(configuration, dates.days)
    if dates.catch_up_days == 0:
        return Plan(configuration, ())
    today = ledger.days(configuration.name, run_date, run_date).get(run_date)
    if dates.catch_up_days is not None and today and today.state is DayState.COMPLETE:
        return Plan(configuration, (), f"complete today; {strategy} to backfill")
    note = f"{strategy}; uploading it once, as it is today, for {dates.last}"
    return Plan(configuration, (dates.last,), note)


def _days_of(
    configuration: Configuration, settings: Settings, dates: Dates, ledger: DayLedger, stop: Stop
) -> Sequence[date]:
    fixed = () if dates.catch_up_days is not None else dates.days
    back = dates.days_back(configuration)
    if not back:
        return fixed
    window = DateWindow(dates.last - timedelta(days=back - 1), dates.last)
    source = _Source(configuration, settings, window, stop)
    known = ledger.days(configuration.name, window.first, window.last)
    wanted = incomplete_days(configuration.expected_weekdays, known, window.first, window.last)
    wanted = from_where_history_begins(wanted, ledger.first_day(configuration.name), source.has)
    anyway = {day for target in fixed for day in source.covered_by(target)}
    more = fewest_targets([day for day in wanted if day not in anyway], source.covered_by)
    return sorted({*fixed, *more})


class _Source:
    """What a configuration's source has of the days of a window. Reads the disk only when asked."""

    def __init__(
        self, configuration: Configuration, settings: Settings, window: DateWindow, stop: Stop
    ) -> None:
        self._configuration = configuration
        self._settings = settings
        self._window = window
        self._stop = stop
        self._days: set[date] | None = None

    def covered_by(self, target: date) -> Collection[date]:
        """The data days of a target date."""
        paths = self._paths(target)
        return (target,) if paths is None else paths.days

    def has(self, day: date) -> bool:
        """Whether the day's folder exists or, where folders have no days, a file of that day."""
        paths = self._paths(day)
        if paths is None:
            return True
        if paths.window is None:
            return os.path.lexists(paths.source)
        if self._days is None:
            self._days = self._days_with_files(paths)
        return day in self._days

    def _paths(self, day: date) -> SyncPaths | None:
        """None if they are invalid: the run reports that, with its hint, as the day's result."""
        try:
            return sync_paths(self._configuration, self._settings, day)
        except MochokError:
            return None

    def _days_with_files(self, paths: SyncPaths) -> set[date]:
        day_of = day_finder(paths.over(self._window), self._settings.global_settings.zone)
        selects = selector(self._configuration.options.filters, ignore_case=os.name == "nt")
        settings = ScanSettings(
            symlinks=symlinks(self._configuration),
            max_link_expansion=self._configuration.max_link_expansion,
        )
        files = scan(paths.source, settings, lambda _name: None)
        walk = takewhile(lambda _file: not self._stop.requested, files)
        try:
            days = {day_of(file) for file in walk if selects(file.key)} if day_of is not None else set()
        except MochokError:  # the run finds it again and reports it
            return set()
        return {day for day in days if day is not None}
