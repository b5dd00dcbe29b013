"""Which folders are mount points: a disk that is not mounted leaves an empty folder, or another one, behind.

A folder is a mount point if its device number differs from that of the folder above it, so a bind mount from
the same disk is none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_OCTAL = re.compile(r"\\([0-7]{3})")
_MOST_FOLDERS = 10_000
"""How many top-level folders are examined."""


def device_of(path: str) -> int | None:
    """The device number of a folder, None if it cannot be read."""
    try:
        return os.stat(path).st_dev
    except OSError:
        return None


def mount_points() -> Iterable[str]:
    """The mount points that Linux lists for this process; nothing on other systems."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            return [_OCTAL.sub(lambda code: chr(int(code[1], 8)), line.split(" ")[4]) for line in lines]
    except OSError:
        return ()


@dataclass(frozen=True, slots=True)
class Disks:
    """Answers about mount points; ``device_of`` and ``mount_points`` as the functions of this module."""

    device_of: Callable[[str], int | None] = device_of
    mount_points: Callable[[], Iterable[str]] = mount_points

    def mount_of(self, path: str) -> str:
        """The mount point of the disk with ``path``."""
        path = os.path.realpath(path)
        while (above := os.path.dirname(path)) != path and self.device_of(above) == self.device_of(path):
            path = above
        return path

    def mounts_below(self, source: str) -> dict[str, int]:
        """The mount points below ``source`` with their device numbers: all that the system lists, and those
        of its top-level folders, which may be links. Names are relative, with ``/``.
        """
        found: dict[str, int] = {}
        for name, path in (*self._listed_below(source), *_top_level(source)):
            device = self.device_of(path)
            if device is not None and device != self.device_of(os.path.join(source, os.path.dirname(name))):
                found[name] = device
        return found

    def _listed_below(self, source: str) -> Iterator[tuple[str, str]]:
        root = os.path.join(os.path.realpath(source), "")
        for path in self.mount_points():
            if path.startswith(root):
                yield path[len(root) :].replace(os.sep, "/"), path


def lost(before: str, now: str) -> bool:
    """Whether a folder that was on the disk mounted at ``before`` is on that of a folder above it ``now``."""
    return before != now and os.path.join(before, "").startswith(os.path.join(now, ""))


def _top_level(source: str) -> Iterator[tuple[str, str]]:
    try:
        with os.scandir(source) as entries:
            folders = (entry for entry in entries if entry.is_dir())
            for _number, entry in zip(range(_MOST_FOLDERS), folders, strict=False):
                yield entry.name, entry.path
    except OSError:
        return
