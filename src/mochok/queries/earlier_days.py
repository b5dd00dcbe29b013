"""Which days before a configuration's history have a folder, or files, in its source: no run uploaded them.

Only names are read, of a bounded number of directories; what cannot be read is reported elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from mochok.clock import TEN_YEARS_DAYS
from mochok.config.jobs import fitting_folders, planned_paths
from mochok.config.schema import Configuration, Settings
from mochok.errors import MochokError, StateError
from mochok.model import DateWindow, SyncPaths
from mochok.queries.lost_history import lost_history
from mochok.records.days import begins
from mochok.records.earlier_days import EarlierDays, Kind
from mochok.state.contract import OpenLedger
from mochok.state.state_file import StateFile
from mochok.strategies.dotnet_dates import DateFormat, compile_format

DIRECTORIES_READ = 400
"""Of one configuration: ten years of yyyy/MM/dd are 131."""
NAMES_READ = 20_000
_BASE = "{base_path}/"


def earlier_days(
    settings: Settings, configurations: Sequence[Configuration], ledger: OpenLedger, today: date
) -> list[EarlierDays]:
    """Those of ``configurations`` that have such days; none if the ledger was lost, which knew them, and none
    for a new destination, as these days went to another one.
    """
    found = []
    for configuration in configurations:
        identity = settings.identities[configuration.name]
        starts = begins(ledger.first_day(identity), ledger.days(identity, today, today), today)
        if ledger.days_elsewhere(identity) is not None:
            continue
        if earlier := _before(configuration, settings, starts):
            found.append(earlier)
    return [] if found and _is_lost(settings, ledger) else found


def _is_lost(settings: Settings, ledger: OpenLedger) -> bool:
    chosen = settings.global_settings
    try:
        state, _notices = StateFile(chosen.state_file).peek()
    except StateError:
        return False
    return lost_history(chosen.ledger_file, ledger, state) is not None


def _before(configuration: Configuration, settings: Settings, starts: date) -> EarlierDays | None:
    """The days before ``starts`` of the ten years before it."""
    if configuration.strategy.is_undated:
        return None
    last = starts - timedelta(days=1)
    window = DateWindow(last - timedelta(days=TEN_YEARS_DAYS), last)
    try:
        paths = planned_paths(configuration, settings, last)
        periods = _periods(configuration, settings, paths, window)
    except MochokError:
        return None
    if not periods:
        return None
    kind: Kind = "day with files" if paths.name_days else "folder" if paths.is_period else "day folder"
    first, last = min(one.first for one in periods), max(one.last for one in periods)
    return EarlierDays(configuration.name, kind, len(periods), first, last)


def _periods(
    configuration: Configuration, settings: Settings, paths: SyncPaths, window: DateWindow
) -> set[DateWindow]:
    """The days, or periods, in ``window`` that have a source. Raises PathError."""
    names, base = _Names(), configuration.local_base_path
    days: Iterable[date | None]
    if paths.modified_days is not None:
        return set()
    if paths.name_days is not None:
        written = compile_format(paths.path_day_format, paths.culture, times=True)
        days = map(written.find, names.of(base, folders=False))
    elif paths.path_days is not None:
        written = compile_format(paths.path_day_format, paths.culture)
        days = map(written.parse, names.of(base))
    elif (day_format := _day_format(configuration)) is not None:
        depth = day_format.folder(window.last).count("/")
        days = map(day_format.parse, names.nested(base, depth))
    else:
        return _planned(configuration, settings, window)
    return {DateWindow(day, day) for day in days if day is not None and day in window}


def _day_format(configuration: Configuration) -> DateFormat | None:
    """The format of a day's folder below the base path; None if it cannot be read, as that of a week."""
    strategy = configuration.strategy
    culture = getattr(strategy, "culture", "invariant")
    if text := getattr(strategy, "date_folder_format", ""):
        return compile_format(text, culture)
    pattern = getattr(strategy, "custom_local_pattern", "").replace("\\", "/")
    if not pattern.startswith(_BASE) or set(pattern) & set("*?"):
        return None
    try:
        found = compile_format(pattern.removeprefix(_BASE), culture)
    except MochokError:
        return None
    return found if found.determines_date else None


def _planned(configuration: Configuration, settings: Settings, window: DateWindow) -> set[DateWindow]:
    """The periods whose source exists, one after the other."""
    found, last = set(), window.last
    while last >= window.first:
        period = configuration.strategy.period(last)
        if period.last <= window.last:
            paths = planned_paths(configuration, settings, last)
            pattern = paths.source_glob
            if fitting_folders(pattern) if pattern else os.path.isdir(paths.source):
                found.add(period)
        last = period.first - timedelta(days=1)
    return found


class _Names:
    """Reads names in directories until the limits are reached."""

    def __init__(self) -> None:
        self._directories_left = DIRECTORIES_READ
        self._names_left = NAMES_READ

    def of(self, directory: str, *, folders: bool = True) -> list[str]:
        """The folders or the files in ``directory``, without an order; nothing if it cannot be read."""
        found: list[str] = []
        self._directories_left -= 1
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if self._names_left <= 0:
                        break
                    self._names_left -= 1
                    if entry.is_dir() is folders:
                        found.append(entry.name)
        except OSError:
            pass
        return found

    def nested(self, base: str, depth: int) -> list[str]:
        """The folders that are ``depth`` folders below those in ``base``, the latest names first."""
        paths = self.of(base)
        for _ in range(depth):
            above = sorted(paths, reverse=True)[: max(self._directories_left, 0)]
            paths = [f"{one}/{name}" for one in above for name in self.of(os.path.join(base, one))]
        return paths
