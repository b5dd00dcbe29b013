"""Programs that write a day's files each evening, and what of them must be in the bucket."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

KEPT_DAYS = 20
"""How many days a program keeps its files."""


@dataclass(slots=True)
class File:
    """A file of a data day. ``digests``: the MD5 of each version.

    ``is_final``: whether the last one is whole. ``changed``: when it was last written.
    ``late``: it came after the night of its day.
    """

    day: date
    path: Path
    key: str
    changed: datetime
    digests: list[str] = field(default_factory=list)
    is_final: bool = True
    late: bool = False

    def write(self, content: str, changed: datetime, *, is_final: bool = True) -> None:
        """A new version, with that modification time."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(content)
        os.utime(self.path, (changed.timestamp(), changed.timestamp()))
        self.digests.append(hashlib.md5(content.encode(), usedforsecurity=False).hexdigest())
        self.changed, self.is_final = changed, is_final

    def has_arrived(self, etags: dict[str, str], prefix: str, version: int = -1) -> bool:
        """Whether that version or a later one is in the bucket below ``prefix``, and it is whole."""
        versions = self.digests[version:] if version >= 0 else self.digests[-1:]
        return self.is_final and etags.get(prefix + self.key) in versions


@dataclass(slots=True)
class Program:
    """Writes files of data days below ``base``; ``path_of`` gives the path and the key of one."""

    name: str
    base: Path
    path_of: Callable[[date, int], tuple[str, str]]
    writes_on: Callable[[date], bool] = lambda _day: True
    files: dict[date, list[File]] = field(default_factory=dict)
    unfinished: list[File] = field(default_factory=list)

    def write_day(self, day: date, evening: datetime, dice: random.Random) -> None:
        """The files of ``day``, finished in the evening."""
        for number in range(dice.choice((1, 2, 3))):
            self._new(day, number).write(f"{self.name} {day} {number}", evening)

    def write_half(self, day: date, moment: datetime) -> None:
        """A file that is still written at that moment."""
        file = self._new(day, 7)
        file.write(f"half of {self.name}", moment, is_final=False)
        self.unfinished.append(file)

    def finish(self, moment: datetime) -> None:
        """The rest of the files that were still written."""
        for file in self.unfinished:
            if file.path.parent.exists():
                file.write(f"half of {self.name} {file.day} and the rest", moment)
        self.unfinished = []

    def write_late(self, day: date, moment: datetime) -> None:
        """One more file, when the day was looked at already."""
        self._new(day, 8, late=True).write(f"{self.name} {day} late", moment)

    def remove_old(self, today: date) -> None:
        """Remove the files that are older than ``KEPT_DAYS``."""
        for day in [day for day in self.files if (today - day).days > KEPT_DAYS]:
            for file in self.files[day]:
                file.path.unlink(missing_ok=True)
            for folder in {file.path.parent for file in self.files[day]} - {self.base}:
                if folder.exists() and not any(folder.iterdir()):
                    shutil.rmtree(folder)

    def is_there(self, day: date) -> bool:
        """Whether any file of the day is on the disk."""
        return any(file.path.exists() for file in self.files.get(day, ()))

    def _new(self, day: date, number: int, *, late: bool = False) -> File:
        relative, key = self.path_of(day, number)
        file = File(day, self.base / relative, key, datetime.min, late=late)  # noqa: DTZ901 - written at once
        self.files.setdefault(day, []).append(file)
        return file


def days_back(last: date, count: int) -> Iterator[date]:
    """``count`` days up to ``last``, the newest first."""
    return (last - timedelta(days=number) for number in range(count))
