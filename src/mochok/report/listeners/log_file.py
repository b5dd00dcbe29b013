"""The monthly log: ``<directory>/sync_YYYY-MM.log``, one line an entry.

``[2025-01-15 14:30:25] [INFO] [ConfigName] message`` with INFO, WARNING or ERROR, in the configured zone's
local time, UTF-8. The month is taken at each line, so a run over midnight of the last day goes on in the
new month's file. Every file sent and every object deleted is a line, as users of ``aws s3 sync`` expect:
that is what answers "when did this file go up?".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from mochok.clock import Clock, duration_text
from mochok.events import (
    ConfigurationFinished,
    ConfigurationStarted,
    Event,
    FileFailed,
    FileLeftOut,
    FileSent,
    Level,
    Notice,
    ObjectDeleted,
    RunFinished,
    RunStarted,
)
from mochok.model import Status, SyncResult
from mochok.plurals import counted, days_span
from mochok.redact import redacted
from mochok.report.listeners.appender import Appender
from mochok.report.listeners.event_text import level_of
from mochok.report.text.escape import printable

Entry = tuple[Level, str, str]
"""(level, configuration's name or "", message)."""

_BUFFERED = frozenset({FileSent, ObjectDeleted, FileFailed, FileLeftOut})
_UNSAFE_IN_BRACKETS = re.compile(r"[\[\]]")


class LogFile:
    """A listener that writes the log. Never raises into the run: a log that fails is told once to ``warn``.

    Lines about single files are written within a second; all others at once.
    """

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
        describe = _ENTRIES.get(type(event))
        if describe is None:
            self._appender.tick()
            return
        for level, name, message in describe(event):
            self._write(level, name, message)
        if type(event) not in _BUFFERED:
            self._appender.flush()

    def close(self) -> None:
        """Write what is still waiting. The log may be used again."""
        self._appender.flush()

    def _write(self, level: Level, name: str, message: str) -> None:
        second = self._clock.now().replace(microsecond=0, tzinfo=None)
        if second != self._second:
            self._second = second
            self._stamp = second.isoformat(" ")[:19]
            self._path = self.directory / f"sync_{self._stamp[:7]}.log"
        who = f"[{_UNSAFE_IN_BRACKETS.sub('_', name)}] " if name else ""
        self._appender.add(self._path, f"[{self._stamp}] [{level}] {printable(redacted(who + message))}")


def _run_started(event: RunStarted) -> list[Entry]:
    days = event.target_dates
    when = days_span(days[0], days[-1]) if days else "no date"
    count = len(event.configurations)
    dry = ", dry run" if event.dry_run else ""
    what = f"{when}: {_counted(count, 'configuration')}, run {event.run_id}{dry}"
    return [(Level.INFO, "", f"=== Starting synchronisation for {what} ===")]


def _configuration_started(event: ConfigurationStarted) -> list[Entry]:
    return [(Level.INFO, event.name, f"Starting {event.target_date}: {event.local_path} -> {event.s3_path}")]


def _notice(event: Notice) -> list[Entry]:
    """Monitors know three levels; the lines of a traceback (DEBUG) go in as INFO."""
    return [(Level.INFO if event.level is Level.DEBUG else event.level, event.name, event.message)]


def _file_sent(event: FileSent) -> list[Entry]:
    verb = "Would upload" if event.dry_run else "Uploaded"
    size = _counted(event.size_bytes, "byte")
    return [(Level.INFO, event.name, f"{verb} {event.key} ({size}; {event.reason.value})")]


def _object_deleted(event: ObjectDeleted) -> list[Entry]:
    verb = "Would delete" if event.dry_run else "Deleted"
    return [(Level.INFO, event.name, f"{verb} {event.key} ({_counted(event.size_bytes, 'byte')})")]


def _file_failed(event: FileFailed) -> list[Entry]:
    return [(Level.ERROR, event.name, f"Failed {event.key}: {event.message}")]


def _file_left_out(event: FileLeftOut) -> list[Entry]:
    return [(Level.WARNING, event.name, f"Left out {event.left_out.key}: {event.left_out.problem}")]


def _configuration_finished(event: ConfigurationFinished) -> list[Entry]:
    result = event.result
    entries = [
        (level_of(result), result.name, f"{result.status.value}: {result.message}"),
        (Level.INFO, result.name, _counts(result)),
    ]
    if result.hint:
        entries.insert(1, (Level.INFO, result.name, f"What to do: {result.hint}"))
    return entries


def _counts(result: SyncResult) -> str:
    tally = result.tally
    dry = "Dry run, nothing was changed. " if result.dry_run else ""
    return (
        f"{dry}Finished {result.target_date} in {duration_text(result.duration_seconds)}: "
        f"{_counted(tally.files_seen, 'file')} seen, "
        f"{tally.uploaded} uploaded ({_counted(tally.bytes_uploaded, 'byte')}), "
        f"{tally.deleted} deleted, {tally.failed} failed, {tally.left_out} left out"
    )


def _run_finished(event: RunFinished) -> list[Entry]:
    of = {status: sum(result.status is status for result in event.results) for status in Status}
    verb = "Interrupted" if event.interrupted else "Finished"
    level = Level.ERROR if event.interrupted or of[Status.FAILURE] else Level.INFO
    dry = ", dry run" if event.dry_run else ""
    counts = f"{of[Status.SUCCESS]} succeeded, {of[Status.FAILURE]} failed, {of[Status.SKIPPED]} skipped"
    duration = duration_text(event.duration_seconds)
    return [(level, "", f"=== {verb} in {duration}: {counts}, run {event.run_id}{dry} ===")]


def _counted(count: int, word: str) -> str:
    return counted(count, word, grouped=False)  # programs read this too


_ENTRIES: dict[type[Any], Callable[[Any], list[Entry]]] = {
    RunStarted: _run_started,
    ConfigurationStarted: _configuration_started,
    Notice: _notice,
    FileSent: _file_sent,
    ObjectDeleted: _object_deleted,
    FileFailed: _file_failed,
    FileLeftOut: _file_left_out,
    ConfigurationFinished: _configuration_finished,
    RunFinished: _run_finished,
}
