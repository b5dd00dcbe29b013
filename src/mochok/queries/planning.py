"""Which target dates each configuration of a run takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile

from mochok.clock import Stop
from mochok.config.jobs import filters, fitting_folders, planned_paths, symlinks
from mochok.config.schema import Configuration, Settings
from mochok.errors import MochokError
from mochok.model import DateWindow, DayState, Identity, SyncPaths
from mochok.plan.dating import day_finder
from mochok.plan.filters import selector
from mochok.plurals import counted
from mochok.records.history import Acceptance
from mochok.run.days import fewest_targets, from_where_history_begins, incomplete_days, open_days
from mochok.scan import ScanSettings, scan
from mochok.state.contract import DayLedger
from mochok.suggestions import listed

RECHECKED_DAYS = 7
"""Open days of the last days that a sync without dates checks again."""


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
    """The target dates of one configuration, oldest first. ``note`` explains what is unusual, or is "".

    ``accepted``: the days whose gap was explained, so that nothing is expected of them any more.
    ``rechecks``: those of the days that are open and only checked again.
    """

    configuration: Configuration
    days: tuple[date, ...]
    note: str = ""
    accepted: frozenset[date] = frozenset()
    rechecks: frozenset[date] = frozenset()


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
    plans = []
    for configuration in configurations:
        if configuration.strategy.is_undated:
            identity = settings.identities[configuration.name]
            plans.append(_once(configuration, identity, dates, ledger, run_date))
            continue
        plans.append(_dated(configuration, settings, dates, ledger, stop))
    return plans


def accepted_days(ledger: DayLedger, name: str) -> dict[date, Acceptance]:
    """The gaps of a configuration that were accepted, and not undone."""
    return {found.day: found for found in ledger.acceptances(name) if found.undone is None}


def _once(
    configuration: Configuration, identity: Identity, dates: Dates, ledger: DayLedger, run_date: date
) -> Plan:
    """One run for the last date: a FullDirectory is dated by its run, and more runs would upload today's
    content as that of past days. Catching up, a complete day needs none.
    """
    strategy = f"a {type(configuration.strategy).__name__} has no dates"
    if dates.catch_up_days is None and len(dates.days) == 1:
        return Plan(configuration, dates.days)
    if dates.catch_up_days == 0:
        return Plan(configuration, ())
    today = ledger.days(identity, run_date, run_date).get(run_date)
    if dates.catch_up_days is not None and today and today.state is DayState.COMPLETE:
        return Plan(configuration, (), f"complete today; {strategy} to backfill")
    note = f"{strategy}; uploading it once, as it is today, for {dates.last}"
    return Plan(configuration, (dates.last,), note)


def _dated(
    configuration: Configuration, settings: Settings, dates: Dates, ledger: DayLedger, stop: Stop
) -> Plan:
    back = max(dates.days_back(configuration), 1)
    window = DateWindow(dates.last - timedelta(days=back - 1), dates.last)
    source = _Source(configuration, settings, window, stop)
    accepted = frozenset(accepted_days(ledger, configuration.name))
    fixed = () if dates.catch_up_days is not None else _once_a_period(configuration, dates.days)
    identity = settings.identities[configuration.name]
    covered = frozenset(source.covered_by_all(fixed))
    done = {*accepted, *covered}
    rechecks: Sequence[date] = ()
    if dates.plain:
        first = dates.last - timedelta(days=RECHECKED_DAYS - 1)
        rechecks = fewest_targets(
            open_days(ledger.days(identity, first, dates.last), covered), source.covered_by
        )
        done |= source.covered_by_all(rechecks)
    more: Sequence[date] = ()
    if dates.days_back(configuration):
        incomplete = _incomplete(configuration, identity, ledger, window, accepted, source)
        more = fewest_targets([day for day in incomplete if day not in done], source.covered_by)
    note = ""
    if rechecks:
        note = f"checking {counted(len(rechecks), 'open day')} again: {listed(map(str, rechecks))}"
    days = tuple(sorted({*fixed, *rechecks, *more}))
    return Plan(configuration, days, note, accepted, frozenset(rechecks))


def _incomplete(
    configuration: Configuration,
    identity: Identity,
    ledger: DayLedger,
    window: DateWindow,
    accepted: Container[date],
    source: _Source,
) -> Sequence[date]:
    """The incomplete expected days of ``window`` on which something was due."""
    expected = configuration.expected
    known = ledger.days(identity, window.first, window.last)
    days = [day for day in incomplete_days(expected, known, window.first, window.last) if day not in accepted]
    return from_where_history_begins(days, ledger.first_day(identity), source.has)


def _once_a_period(configuration: Configuration, days: Sequence[date]) -> tuple[date, ...]:
    """Of the days of a period, which have one source, the last."""
    return tuple({configuration.strategy.period(day).first: day for day in sorted(days)}.values())


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
        self._selectors: dict[date, Callable[[str], bool]] = {}

    def covered_by(self, target: date) -> Collection[date]:
        """The data days of a target date."""
        paths = self._paths(target)
        return (target,) if paths is None else paths.days

    def covered_by_all(self, targets: Iterable[date]) -> set[date]:
        """The data days of some target dates."""
        return {day for target in targets for day in self.covered_by(target)}

    def has(self, day: date) -> bool:
        """Whether the day's folder exists or, where folders have no days, a file of that day."""
        paths = self._paths(day)
        if paths is None:
            return True
        if paths.window is None:
            pattern = paths.source_glob
            return bool(fitting_folders(pattern)) if pattern else os.path.lexists(paths.source)
        if self._days is None:
            self._days = self._days_with_files(paths)
        return day in self._days

    def _paths(self, day: date) -> SyncPaths | None:
        """None if they are invalid: the run reports that, with its hint, as the day's result."""
        try:
            return planned_paths(self._configuration, self._settings, day)
        except MochokError:
            return None

    def _days_with_files(self, paths: SyncPaths) -> set[date]:
        day_of = day_finder(paths.over(self._window), self._settings.global_settings.zone)
        if day_of is None:
            return set()
        settings = ScanSettings(
            symlinks=symlinks(self._configuration),
            max_link_expansion=self._configuration.max_link_expansion,
        )
        files = scan(paths.source, settings, lambda _name: None)
        walk = takewhile(lambda _file: not self._stop.requested, files)
        try:
            dated = ((day_of(file), file.key) for file in walk)
            return {day for day, key in dated if day is not None and self._selects(day)(key)}
        except MochokError:  # the run finds it again and reports it
            return set()

    def _selects(self, day: date) -> Callable[[str], bool]:
        """The filters, which may depend on the target date."""
        if day not in self._selectors:
            rules = filters(self._configuration, self._settings, day)
            self._selectors[day] = selector(rules, ignore_case=os.name == "nt")
        return self._selectors[day]
