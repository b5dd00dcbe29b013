"""The monthly log: ``<directory>/sync_YYYY-MM.log``, one line an entry.

``[2025-01-15 14:30:25] [INFO] [ConfigName] message`` with INFO, WARNING or ERROR, in the configured zone's
local time, UTF-8. Each line goes to the file of its own month. Every file sent and every object deleted is a
line, as users of ``aws s3 sync`` expect: it answers "when did this file go up?".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from mochok import events
from mochok.clock import Clock
from mochok.events import Event, Level
from mochok.model import SyncResult
from mochok.plurals import counted
from mochok.report.listeners.appender import Appender
from mochok.report.listeners.event_text import Line, line_of
from mochok.report.text.formatting import duration_words, shown

_BUFFERED = frozenset({events.FileSent, events.ObjectDeleted, events.FileFailed, events.FileLeftOut})
_UNSAFE_IN_BRACKETS = re.compile(r"[\[\]]")


class LogFile:
    """Writes the log: lines about single files within a second, others at once. Never raises."""

    def __init__(
        self, directory: str | os.PathLike[str], *, clock: Clock, warn: Callable[[str], None]
    ) -> None:
        self.directory = Path(directory)
        self._clock = clock
        self._appender = Appender(warn=warn, monotonic_seconds=clock.monotonic_seconds)
        self._second: datetime | None = None
        self._stamp = ""
        self._path = self.directory

    def __call__(self, event: Event) -> None:
        line = line_of(event, _exact)
        if line is None or isinstance(event, events.FileSkipped):
            self._appender.tick()
            return
        for level, message in _messages(event, line):
            self._write(level, line.name, message)
        if type(event) not in _BUFFERED:
            self._appender.flush()

    def close(self) -> None:
        """Write what is still waiting. The log may be used again."""
        self._appender.flush()

    def _write(self, level: Level, name: str, message: str) -> None:
        level = Level.INFO if level is Level.DEBUG else level  # monitors know three levels
        second = self._clock.now().replace(microsecond=0, tzinfo=None)
        if second != self._second:
            self._second = second
            self._stamp = second.isoformat(" ")[:19]
            self._path = self.directory / f"sync_{self._stamp[:7]}.log"
        tag = f"[{_UNSAFE_IN_BRACKETS.sub('_', name)}] " if name else ""
        self._appender.add(self._path, f"[{self._stamp}] [{level}] {shown(tag + message)}")


def _messages(event: Event, line: Line) -> Iterator[tuple[Level, str]]:
    """The event's text; for the end of a configuration also the hint and all counts."""
    text = f"{line.label[:1].upper()}{line.label[1:]} {line.text}".strip()
    if isinstance(event, events.RunRefused):
        yield from ((line.level, f"No run: {reason}") for reason in event.reasons)
    else:
        whole_run = isinstance(event, (events.RunStarted, events.RunFinished))
        yield line.level, f"=== {text} ===" if whole_run else text
    result = event.result if isinstance(event, events.ConfigurationFinished) else None
    if hint := result.hint if result else getattr(event, "hint", ""):
        yield Level.INFO, f"What to do: {hint}"
    if result:
        yield Level.INFO, _counts(result)


def _counts(result: SyncResult) -> str:
    tally = result.tally
    dry = "Dry run, nothing was changed. " if result.dry_run else ""
    return (
        f"{dry}Finished {result.target_date} in {duration_words(result.duration_seconds)}: "
        f"{counted(tally.files_seen, 'file', grouped=False)} seen, "
        f"{tally.uploaded} uploaded ({_exact(tally.bytes_uploaded)}), "
        f"{tally.deleted} deleted, {tally.failed} failed, {tally.left_out} skipped (unreadable)"
    )


def _exact(size_bytes: int) -> str:
    return counted(size_bytes, "byte", grouped=False)  # programs read this too
