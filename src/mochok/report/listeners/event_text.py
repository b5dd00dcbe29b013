"""Which lines a person sees while a run goes on, as values: the same on a terminal and in a plain stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import dropwhile
from typing import Any, NamedTuple

from mochok.events import (
    ConfigurationFinished,
    ConfigurationStarted,
    Event,
    FileFailed,
    FileLeftOut,
    FileSent,
    FileSkipped,
    Level,
    Notice,
    ObjectDeleted,
    RunStarted,
)
from mochok.model import Status, SyncResult
from mochok.plurals import counted, days_span
from mochok.report.text.formatting import duration_words, shown, size_text

FILES_SHOWN = 50


class Line(NamedTuple):
    """One line: ``name: label text``.

    ``start`` marks what a live display shows anyway, so that only plain streams need it.
    """

    level: Level
    name: str
    label: str
    text: str
    start: bool = False

    def __str__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        return shown(f"{name}{self.label}{' ' if self.label and self.text else ''}{self.text}")


class EventLines:
    """Turns events into lines.

    ``quiet`` leaves only warnings and errors; ``verbose`` adds every file. Of the files that failed or were
    left out, 50 of each kind and configuration are shown; the log has all.
    """

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        least = Level.WARNING if quiet else Level.DEBUG if verbose else Level.INFO
        self._levels = frozenset(dropwhile(lambda level: level is not least, Level))
        self._verbose = verbose
        self._shown: Counter[tuple[str, str]] = Counter()
        self._last_notice: dict[str, str] = {}

    def of(self, event: Event) -> list[Line]:
        """The lines of one event, usually none or one."""
        describe = _DESCRIPTIONS.get(type(event))
        if describe is None:
            return []
        return [line for line in describe(self, event) if line.level in self._levels]

    def run_started(self, event: RunStarted) -> Iterator[Line]:
        dates = event.target_dates
        when = days_span(dates[0], dates[-1]) if dates else "no date"
        dry = "Dry run" if event.dry_run else "Run"
        what = counted(len(event.configurations), "configuration")
        yield Line(Level.INFO, "", "", f"{dry} {event.run_id}: {what} for {when}", start=True)

    def configuration_started(self, event: ConfigurationStarted) -> Iterator[Line]:
        text = f"{event.target_date}: {event.local_path} -> {event.s3_path}"
        yield Line(Level.INFO, event.name, "starting", text, start=True)

    def notice(self, event: Notice) -> Iterator[Line]:
        self._last_notice[event.name] = event.message
        label = {Level.WARNING: "warning:", Level.ERROR: "error:"}.get(event.level, "")
        yield Line(event.level, event.name, label, event.message)

    def file_sent(self, event: FileSent) -> Iterator[Line]:
        if event.dry_run or self._verbose:
            label = "would upload" if event.dry_run else "uploaded"
            text = f"{event.key} ({size_text(event.size_bytes)}, {event.reason.value})"
            yield Line(Level.INFO, event.name, label, text)

    def file_skipped(self, event: FileSkipped) -> Iterator[Line]:
        if self._verbose:
            yield Line(Level.INFO, event.name, "nothing to do for", f"{event.key} ({event.reason.value})")

    def object_deleted(self, event: ObjectDeleted) -> Iterator[Line]:
        if event.dry_run or self._verbose:
            label = "would delete" if event.dry_run else "deleted"
            text = f"{event.key} ({size_text(event.size_bytes)}, no local file)"
            yield Line(Level.INFO, event.name, label, text)

    def file_failed(self, event: FileFailed) -> Iterator[Line]:
        yield from self._capped(Level.ERROR, event.name, "failed:", f"{event.key}: {event.message}")

    def file_left_out(self, event: FileLeftOut) -> Iterator[Line]:
        key, problem, passed_over = event.left_out
        level, label = (Level.INFO, "passed over:") if passed_over else (Level.WARNING, "left out:")
        yield from self._capped(level, event.name, label, f"{key}: {problem}")

    def _capped(self, level: Level, name: str, label: str, text: str) -> Iterator[Line]:
        self._shown[name, label] += 1
        number = self._shown[name, label]
        if self._verbose or number <= FILES_SHOWN:
            yield Line(level, name, label, text)
        elif number == FILES_SHOWN + 1:
            yield Line(level, name, label, "more files; all of them are in the log")

    def configuration_finished(self, event: ConfigurationFinished) -> Iterator[Line]:
        result = event.result
        told = self._last_notice.pop(result.name, "").startswith(result.message) and bool(result.message)
        for label in ("failed:", "left out:", "passed over:"):
            self._shown.pop((result.name, label), None)
        text = f"{result.target_date}" if told else f"{result.target_date}: {result.message}"
        yield Line(level_of(result), result.name, result.status.value, f"{text} ({_effort(result)})")


def level_of(result: SyncResult) -> Level:
    """How much a result matters; a day skipped where none was expected is no warning."""
    if result.status is Status.FAILURE:
        return Level.ERROR
    return Level.WARNING if result.status is Status.SKIPPED and result.warnings else Level.INFO


def _effort(result: SyncResult) -> str:
    size = f"{size_text(result.tally.bytes_uploaded)}, " if result.tally.bytes_uploaded else ""
    return f"{size}{duration_words(result.duration_seconds)}"


_DESCRIPTIONS: dict[type[Any], Callable[[EventLines, Any], Iterator[Line]]] = {
    RunStarted: EventLines.run_started,
    ConfigurationStarted: EventLines.configuration_started,
    Notice: EventLines.notice,
    FileSent: EventLines.file_sent,
    FileSkipped: EventLines.file_skipped,
    ObjectDeleted: EventLines.object_deleted,
    FileFailed: EventLines.file_failed,
    FileLeftOut: EventLines.file_left_out,
    ConfigurationFinished: EventLines.configuration_finished,
}
