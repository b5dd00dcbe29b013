"""The text of each event, and its level, for console and log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import dropwhile
from typing import NamedTuple

from mochok import events
from mochok.errors import EXIT_LOCKED
from mochok.events import Event, Level
from mochok.model import Status, SyncResult
from mochok.plurals import counted, days_span
from mochok.report.text.formatting import duration_words, shown, size_text

FILES_SHOWN = 50
_PREFIXES = {Level.WARNING: "warning:", Level.ERROR: "error:"}


class Line(NamedTuple):
    """One line: ``name: label text``; ``name`` is "" where it is about the whole run."""

    level: Level
    name: str
    label: str
    text: str

    def __str__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        return shown(f"{name}{self.label}{' ' if self.label and self.text else ''}{self.text}")


def line_of(event: Event, size: Callable[[int], str] = size_text) -> Line | None:
    """The line of ``event``, None if it has none. ``size`` writes a number of bytes."""
    level, name, label, text = Level.INFO, getattr(event, "name", ""), "", ""
    match event:
        case events.RunStarted():
            days = event.target_dates
            span = days_span(days[0], days[-1]) if days else "no date"
            label = f"{'Dry run' if event.dry_run else 'Run'} {event.run_id}:"
            text = f"{counted(len(event.configurations), 'configuration')} for {span}"
        case events.RunRefused(reasons):
            level = Level.WARNING if event.exit_code == EXIT_LOCKED else Level.ERROR
            label, text = "no run:", "; ".join(reasons)
        case events.ConfigurationStarted():
            label, text = "starting", f"{event.target_date}: {event.local_path} -> {event.s3_path}"
        case events.Notice():
            level, text = event.level, event.message
        case events.FileSent():
            label = "would upload" if event.dry_run else "uploaded"
            text = f"{event.key} ({size(event.size_bytes)}, {event.reason.value})"
        case events.FileSkipped():
            label, text = "nothing to do for", f"{event.key} ({event.reason.value})"
        case events.ObjectDeleted():
            label = "would delete" if event.dry_run else "deleted"
            text = f"{event.key} ({size(event.size_bytes)}, no local file)"
        case events.FileFailed():
            level, label, text = Level.ERROR, "failed:", f"{event.key}: {event.message}"
        case events.FileLeftOut(_, left_out):
            ignored, text = left_out.passed_over, f"{left_out.key}: {left_out.problem}"
            level, label = (Level.INFO, "ignored:") if ignored else (Level.WARNING, "skipped (unreadable):")
        case events.ConfigurationFinished(result):
            level, name, label = level_of(result), result.name, result.status.value
            text = f"{result.target_date}: {result.message}"
        case events.RunFinished():
            level, text = _run_finished(event)
        case _:
            return None
    return Line(level, name, label, text)


def level_of(result: SyncResult) -> Level:
    """How much a result matters; a day skipped where none was expected is no warning."""
    if result.status is Status.FAILURE:
        return Level.ERROR
    return Level.WARNING if result.status is Status.SKIPPED and result.warnings else Level.INFO


def _run_finished(event: events.RunFinished) -> tuple[Level, str]:
    count = Counter(result.status for result in event.results)
    dry = ", dry run" if event.dry_run else ""
    text = (
        f"{'Interrupted' if event.interrupted else 'Finished'} in {duration_words(event.duration_seconds)}: "
        f"{count[Status.SUCCESS]:,} succeeded, {count[Status.FAILURE]:,} failed, "
        f"{count[Status.SKIPPED]:,} skipped, run {event.run_id}{dry}"
    )
    return Level.ERROR if event.interrupted or count[Status.FAILURE] else Level.INFO, text


class EventLines:
    """Turns events into the lines of a console.

    ``quiet`` leaves only warnings and errors; ``verbose`` adds every file. A ``live`` display shows starts
    itself. Of the files that failed or were skipped, 50 of each kind and configuration are shown.
    """

    def __init__(self, *, quiet: bool, verbose: bool, live: bool) -> None:
        least = Level.WARNING if quiet else Level.DEBUG if verbose else Level.INFO
        self._levels = frozenset(dropwhile(lambda level: level is not least, Level))
        self._verbose = verbose
        self._live = live
        self._shown: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._last_notice: dict[str, str] = {}

    def of(self, event: Event) -> Line | None:
        """The line of one event, None if it is not shown."""
        if not self._shows(event) or (line := line_of(event)) is None:
            return None
        if isinstance(event, events.Notice):
            self._last_notice[line.name] = line.text
            line = line._replace(label=_PREFIXES.get(line.level, ""))
        elif isinstance(event, events.ConfigurationFinished):
            line = line._replace(text=self._finished_text(line, event.result))
        if line.level not in self._levels:
            return None
        return self._capped(line) if isinstance(event, (events.FileFailed, events.FileLeftOut)) else line

    def _shows(self, event: Event) -> bool:
        if isinstance(event, events.RunRefused):
            return False  # the command prints the error that it ends with
        if isinstance(event, (events.RunStarted, events.ConfigurationStarted)):
            return self._verbose or not self._live
        single = isinstance(event, (events.FileSent, events.FileSkipped, events.ObjectDeleted))
        return self._verbose or not single or getattr(event, "dry_run", False)

    def _capped(self, line: Line) -> Line | None:
        self._shown[line.name][line.label] += 1
        number = self._shown[line.name][line.label]
        if self._verbose or number <= FILES_SHOWN:
            return line
        more = line._replace(text="more files; all of them are in the log")
        return more if number == FILES_SHOWN + 1 else None

    def _finished_text(self, line: Line, result: SyncResult) -> str:
        """Without the message if the last notice was that; with what it took."""
        self._shown.pop(line.name, None)
        repeated = result.message and self._last_notice.pop(line.name, "").startswith(result.message)
        size = f"{size_text(result.tally.bytes_uploaded)}, " if result.tally.bytes_uploaded else ""
        text = str(result.target_date) if repeated else line.text
        return f"{text} ({size}{duration_words(result.duration_seconds)})"
