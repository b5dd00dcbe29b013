"""Which log files go: Mochok's own only, told by their names, looked at without following links.

A file of the month M ends with that month's last day. Keeping N months keeps the current month and the N
before it. What merely looks like a log (a link, a folder, another name) is never touched.
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

_NAME = re.compile(r"sync_(\d{4})-(0[1-9]|1[0-2])\.log", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What ``clear-logs`` did. ``problems`` are sentences about logs that should have gone and could not;
    ``others`` the names of what else is in the folder, which is never touched.
    """

    removed: tuple[Path, ...]
    kept: tuple[Path, ...]
    problems: tuple[str, ...]
    directory_removed: bool
    removed_bytes: int = 0
    kept_bytes: int = 0
    others: tuple[str, ...] = ()


def log_month(name: str) -> date | None:
    """The first day of the month that a log file's name tells, None for any other name."""
    match = _NAME.fullmatch(name)
    return date(int(match[1]), int(match[2]), 1) if match and int(match[1]) >= 1 else None


def expired(name: str, months: int, today: date) -> bool:
    """Whether the log ``name`` is older than ``months`` whole months; 0 keeps the current month's alone.

    A negative number keeps everything.
    """
    month = log_month(name)
    return month is not None and months >= 0 and _months(today) - _months(month) > months


def older_than_days(name: str, days: int, today: date) -> bool:
    """Whether every line of the log ``name`` is from before the last ``days`` days (today is one of them)."""
    month = log_month(name)
    return month is not None and _last_day(month) <= today - timedelta(days=max(0, days))


def log_files(directory: str | os.PathLike[str]) -> list[Path]:
    """Everything in ``directory`` that bears a log file's name, oldest first; [] if there is no directory.

    Raises OSError if the directory cannot be read.
    """
    folder = Path(directory)
    return [folder / name for name in sorted(_names(folder)) if log_month(name)]


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def expired_logs(directory: str | os.PathLike[str], months: int, today: date) -> list[Path]:
    """The log files that ``log_retention_months`` gives up, oldest first. Raises OSError."""
    return [path for path in log_files(directory) if expired(path.name, months, today)]


def remove_logs(paths: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Remove these log files: (what went, one sentence for each that stayed).

    Links and anything but regular files stay. Where the system can, the folder is held open, so that it
    cannot be exchanged for another in between.
    """
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


def clear_logs(
    directory: str | os.PathLike[str],
    today: date,
    *,
    goes: Callable[[str, date], bool],
    remove_directory: bool = False,
) -> Cleared:
    """The command: remove every log for whose name ``goes(name, today)``, then the folder if it is empty.

    ``goes`` is one of :func:`by_months`, :func:`by_days` and :func:`every`. Raises OSError if the directory
    cannot be read.
    """
    folder = Path(directory)
    before = log_files(folder)
    sizes = {path: _size_bytes(path) for path in before}
    removed, problems = remove_logs(path for path in before if goes(path.name, today))
    kept = tuple(log_files(folder))
    others = tuple(sorted(name for name in _names(folder) if not log_month(name)))
    directory_removed = False
    if remove_directory and folder.is_dir() and not folder.is_symlink():
        with suppress(OSError):  # not empty: it holds what is not ours
            folder.rmdir()
            directory_removed = True
    removed_bytes, kept_bytes = (sum(sizes.get(path, 0) for path in paths) for paths in (removed, kept))
    return Cleared(
        tuple(removed), kept, tuple(problems), directory_removed, removed_bytes, kept_bytes, others
    )


def _size_bytes(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def by_months(months: int) -> Callable[[str, date], bool]:
    """The retention policy, ``log_retention_months``."""
    return lambda name, today: expired(name, months, today)


def by_days(days: int) -> Callable[[str, date], bool]:
    """``--keep-last-days N``."""
    return lambda name, today: older_than_days(name, days, today)


def every(name: str, today: date) -> bool:
    """``--all``: the current month's log too."""
    del today
    return log_month(name) is not None


def _remove(path: Path) -> None:
    if os.unlink not in os.supports_dir_fd or os.stat not in os.supports_dir_fd:
        _refuse_unless_regular(os.lstat(path))
        os.unlink(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        _refuse_unless_regular(os.stat(path.name, dir_fd=folder, follow_symlinks=False))
        os.unlink(path.name, dir_fd=folder)
    finally:
        os.close(folder)


def _refuse_unless_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is no regular file")


def _months(day: date) -> int:
    return day.year * 12 + day.month


def _last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
