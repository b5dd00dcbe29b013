"""Collecting what is wrong in a configuration: locations in files, paths of keys, and a bounded report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mochok.errors import Diagnostic, DiagnosticLevel, cut

MAXIMUM_REPORTED = 100
"""An output of 60,000 lines helps nobody."""
_SEVERITY: tuple[DiagnosticLevel, ...] = ("error", "warning", "hint")

PathStep = str | int
KeyPath = tuple[PathStep, ...]


class Location(NamedTuple):
    """A position in a file; ``line`` and ``column`` count from 1, 0 for the file as a whole."""

    file: str
    line: int
    column: int


def path_text(path: KeyPath) -> str:
    """``("sync_configurations", 0, "name")`` as ``sync_configurations[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class Diagnostics:
    """The diagnostics of one configuration, in the order in which they were found."""

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        self._found = list(found)
        self._omitted = 0

    def __len__(self) -> int:
        return len(self._found) + self._omitted

    @property
    def locations(self) -> set[Location]:
        """Where something was reported."""
        return {Location(found.file, found.line, found.column) for found in self._found}

    def report(self, location: Location, path: KeyPath, message: str, hint: str = "") -> None:
        """Add an error; a long message is cut."""
        self.add(Diagnostic(*location, cut(path_text(path)), cut(message), cut(hint)))

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic of any level."""
        self._found.append(diagnostic)

    def omit(self, count: int) -> None:
        """Count errors beyond MAXIMUM_REPORTED, so that they need no message."""
        self._omitted += count

    def extend(self, other: Diagnostics) -> None:
        """Add all of ``other``."""
        self._found += other._found
        self._omitted += other._omitted

    def in_file_order(self, main_file: str) -> list[Diagnostic]:
        """By position, the main file's first: the MAXIMUM_REPORTED most serious, and how many others."""

        def position(found: Diagnostic) -> tuple[object, ...]:
            return found.file != main_file, found.file, found.line, found.column, found.path, found.message

        unique: dict[object, Diagnostic] = {}
        for found in sorted(self._found, key=lambda found: (_SEVERITY.index(found.level), position(found))):
            unique.setdefault(_identity(found), found)
        chosen = list(unique.values())
        shown, hidden = sorted(chosen[:MAXIMUM_REPORTED], key=position), chosen[MAXIMUM_REPORTED:]
        if more := len(hidden) + self._omitted:
            level = "error" if self._omitted else hidden[0].level
            shown.append(Diagnostic(main_file, 0, 0, "", f"and {more:,} more", "fix these first", level))
        return shown


def _identity(found: Diagnostic) -> tuple[object, ...]:
    """One in ``defaults`` is found once for each configuration; only the index differs."""
    path = found.path.partition("]")[2] if found.path.startswith("sync_configurations[") else found.path
    return found.file, found.line, found.column, path, found.message
