"""Whether the names that exist fit a configuration's date format: a format that fits none never uploads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta

from mochok.config.jobs import fitting_folders, planned_paths
from mochok.config.lint import Misfit
from mochok.config.schema import Configuration, Settings
from mochok.errors import MochokError
from mochok.model import SyncPaths
from mochok.plurals import counted
from mochok.strategies.dotnet_dates import DateFormat, compile_format
from mochok.strategies.guesses import guess_format

NAMES_READ = 2_000
DEPTH = 3
DAYS_TRIED = 400


def misfit(configuration: Configuration, settings: Settings, today: date) -> Misfit | None:
    """Why no name below the base path gives a date; None if one does, or there is nothing to read.

    Reads at most NAMES_READ names, DEPTH folders deep.
    """
    try:
        names = _Names(configuration.local_base_path)
        source = getattr(configuration.strategy, "date_source", "")
        if source in ("path", "filename"):
            return _of_range(configuration, names, planned_paths(configuration, settings, today))
        key = next((key for key in _KEYS if hasattr(configuration.strategy, key)), "")
        if source or not key or not names.folders or _fits(configuration, settings, names, today):
            return None
        if not getattr(configuration.strategy, key).startswith("{base_path}") and key == _KEYS[0]:
            return None  # it names a folder elsewhere
        sample = planned_paths(configuration, settings, today - timedelta(days=1)).source
        return _described(configuration, key, names.folders, sample)
    except MochokError:
        return None


_KEYS = ("custom_local_pattern", "date_folder_format")


class _Names:
    """The folders below ``base`` as paths with ``/``, and the names of files; [] where it cannot be read."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.folders: list[str] = []
        self.files: list[str] = []
        queue, left = deque([("", 0)]), NAMES_READ
        while queue and left > 0:
            below, depth = queue.popleft()
            for entry in _entries(os.path.join(base, below)):
                left -= 1
                if left <= 0:
                    return
                path = f"{below}{entry.name}"
                if _is_folder(entry):
                    self.folders.append(path)
                    if depth + 1 < DEPTH:
                        queue.append((f"{path}/", depth + 1))
                else:
                    self.files.append(entry.name)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _of_range(configuration: Configuration, names: _Names, paths: SyncPaths) -> Misfit | None:
    """A DateRange that takes each file's day from a name."""
    by_file = paths.name_days is not None
    compiled = compile_format(paths.path_day_format, paths.culture, times=by_file)
    found = names.files if by_file else [path.rpartition("/")[2] for path in names.folders]
    if not found or any(map(compiled.find if by_file else compiled.parse, found)):
        return None
    key = "date_file_format" if by_file else "date_folder_format"
    return _described(configuration, key, found, compiled.format(paths.days[-1]), files=by_file)


def _fits(configuration: Configuration, settings: Settings, names: _Names, today: date) -> bool:
    """Whether a day's folder exists: any that the format can read, else one of the last DAYS_TRIED."""
    text = getattr(configuration.strategy, "date_folder_format", "")
    if text:
        compiled: DateFormat = compile_format(text, getattr(configuration.strategy, "culture", "invariant"))
        if any(map(compiled.parse, names.folders)):
            return True
    days = (today - timedelta(days=back) for back in range(DAYS_TRIED))
    planned = (planned_paths(configuration, settings, day) for day in days)
    sources = dict.fromkeys((paths.source, paths.source_glob) for paths in planned)
    return any(fitting_folders(pattern) if pattern else os.path.isdir(source) for source, pattern in sources)


def _described(
    configuration: Configuration, key: str, names: list[str], sample: str, *, files: bool = False
) -> Misfit:
    base, written = configuration.local_base_path, getattr(configuration.strategy, key)
    kind = "file" if files else "folder"
    if (guess := guess_format(names, inside=files)) is None:
        others = f"such as {names[0]}"
        message = (
            f"no {kind} in {base} fits {written} ({sample}); {counted(len(names), kind)} do not, {others}"
        )
        return Misfit(key, message, f"correct {key}, or local_base_path", likely=False)
    look = "looks" if guess.count == 1 else "look"
    message = (
        f"no {kind} in {base} fits {written}; {counted(guess.count, kind)} here {look} like {guess.text}"
    )
    advised = guess.text
    if key == "custom_local_pattern":
        advised = "{base_path}/" + (advised if "{date:" in advised else f"{{date:{advised}}}")
    return Misfit(key, message, f'write {key}: "{advised}"', likely=True)
