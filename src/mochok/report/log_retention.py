"""Which log files are removed: only Mochok's own, known by their names; no links and no folders.

A file of the month M ends with that month's last day. N months are the current one and the N before it.
"""

from __future__ import annotations

import calendar
import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

Rule = Callable[[str, date], bool]
"""Whether the log of this name is removed on that day; False for what is no log."""
_NAME = re.compile(r"sync_(\d{4})-(0[1-9]|1[0-2])\.log", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What ``clear-logs`` did; ``problems`` are sentences, ``others`` the names of other files there."""

    removed: tuple[Path, ...]
    kept: tuple[Path, ...]
    problems: tuple[str, ...]
    directory_removed: bool
    removed_bytes: int = 0
    kept_bytes: int = 0
    others: tuple[str, ...] = ()


def log_month(name: str) -> date | None:
    """The first day of the month in a log file's name, None for any other name."""
    match = _NAME.fullmatch(name)
    return date(int(match[1]), int(match[2]), 1) if match and int(match[1]) >= 1 else None


def by_months(months: int) -> Rule:
    """``log_retention_months``: 0 keeps the current month's log alone, a negative number all."""

    def expired(name: str, today: date) -> bool:
        month = log_month(name)
        if month is None or months < 0:
            return False
        return (today.year - month.year) * 12 + today.month - month.month > months

    return expired


def by_days(days: int) -> Rule:
    """``--keep-last-days N``: every line is from before the last N days (today is one of them)."""

    def older(name: str, today: date) -> bool:
        month = log_month(name)
        if month is None:
            return False
        last_day = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        return last_day <= today - timedelta(days=max(0, days))

    return older


def every(name: str, _today: date) -> bool:
    """``--all``: the current month's log too."""
    return log_month(name) is not None


def clear_logs(
    directory: str | os.PathLike[str], today: date, *, goes: Rule, remove_directory: bool = False
) -> Cleared:
    """Remove every log for whose name ``goes(name, today)``; with ``remove_directory`` also an empty folder.

    Raises OSError if the directory cannot be read.
    """
    folder = Path(directory)
    sizes = {folder / name: _size_bytes(folder / name) for name in _names(folder) if log_month(name)}
    removed, problems = remove_logs(path for path in sizes if goes(path.name, today))
    names = _names(folder)
    kept = tuple(folder / name for name in names if log_month(name))
    directory_removed = False
    if remove_directory and folder.is_dir() and not folder.is_symlink():
        with suppress(OSError):  # not empty: it holds what is not ours
            folder.rmdir()
            directory_removed = True
    return Cleared(
        tuple(removed),
        kept,
        tuple(problems),
        directory_removed,
        removed_bytes=sum(sizes[path] for path in removed),
        kept_bytes=sum(sizes.get(path, 0) for path in kept),
        others=tuple(name for name in names if not log_month(name)),
    )


def remove_logs(paths: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Remove these log files, unless they are not regular: (the removed, a sentence for each that stayed)."""
    removed: list[Path] = []
    problems: list[str] = []
    for path in paths:
        try:
            _remove(path)
            removed.append(path)
        except FileNotFoundError:
            continue  # another run was faster
        except OSError as error:
            problems.append(f"{path} was not removed: {error.strerror or error}")
    return removed, problems


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _size_bytes(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _remove(path: Path) -> None:
    if os.unlink not in os.supports_dir_fd or os.stat not in os.supports_dir_fd:
        _refuse_unless_regular(os.lstat(path))
        os.unlink(path)
        return
    # The folder is held open, so that it cannot be replaced by another in between.
    folder = os.open(path.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        _refuse_unless_regular(os.stat(path.name, dir_fd=folder, follow_symlinks=False))
        os.unlink(path.name, dir_fd=folder)
    finally:
        os.close(folder)


def _refuse_unless_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is not a regular file")
